"""The bank's desk (柜面工作台): what its staff do in a browser. Its pages are in Chinese only."""
