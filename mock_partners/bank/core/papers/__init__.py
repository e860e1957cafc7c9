"""Papers that customers upload for an application: pages as pictures, sealed."""
