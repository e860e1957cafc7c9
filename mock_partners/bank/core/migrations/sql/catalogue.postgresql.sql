-- Every object that is not PostgreSQL's own: its name and its definition. The role that owns the schema is called
-- "owner", so that databases of different owners compare.
WITH space AS (
  SELECT oid, nspname, nspowner, nspacl FROM pg_namespace
  WHERE nspname NOT IN ('pg_catalog', 'information_schema') AND nspname NOT LIKE 'pg\_toast%'
),
role AS (
  SELECT oid, CASE WHEN oid = (SELECT relowner FROM pg_class WHERE oid = to_regclass('public.alembic_version'))
                     OR rolname = 'pg_database_owner' THEN 'owner' ELSE rolname END AS name
  FROM pg_roles UNION ALL SELECT 0, 'public'
),
relation AS (
  SELECT c.*, CASE relpersistence WHEN 't' THEN 'pg_temp.' || relname ELSE c.oid::regclass::text END AS name,
         CASE relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' WHEN 'S' THEN 'sequence' WHEN 'i' THEN 'index'
                      ELSE 'relation ' || relkind::text END AS word
  FROM pg_class c WHERE relnamespace IN (SELECT oid FROM space) OR relnamespace = 'pg_catalog'::regnamespace AND oid >= 16384
),
routine AS (
  SELECT p.*, p.oid::regprocedure::text AS name FROM pg_proc p WHERE pronamespace IN (SELECT oid FROM space) OR oid >= 16384
)
SELECT 'server', current_setting('server_version')
UNION ALL
SELECT 'schema ' || s.nspname, 'of ' || r.name FROM space s JOIN role r ON r.oid = s.nspowner
WHERE s.nspname NOT LIKE 'pg\_temp%'
UNION ALL
SELECT c.word || ' ' || c.name,
       concat_ws(' ', 'of ' || r.name, c.relpersistence, c.reloptions, c.relrowsecurity, c.relforcerowsecurity,
         CASE c.relkind WHEN 'v' THEN pg_get_viewdef(c.oid) WHEN 'm' THEN pg_get_viewdef(c.oid)
                        WHEN 'i' THEN pg_get_indexdef(c.oid) END)
FROM relation c JOIN role r ON r.oid = c.relowner
UNION ALL
SELECT 'column ' || c.name || '.' || a.attname,
       concat_ws(' ', a.attnum, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
         a.attcollation::regcollation, pg_get_expr(d.adbin, d.adrelid))
FROM relation c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relkind <> 'i'
UNION ALL
SELECT 'index state ' || c.name, concat_ws(' ', i.indisunique, i.indisvalid, i.indisready, i.indislive, i.indimmediate)
FROM relation c JOIN pg_index i ON i.indexrelid = c.oid
UNION ALL
SELECT 'sequence numbers ' || c.name,
       concat_ws(' ', s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle)
FROM relation c JOIN pg_sequence s ON s.seqrelid = c.oid
UNION ALL
SELECT 'constraint ' || c.name || '.' || n.conname, pg_get_constraintdef(n.oid)
FROM relation c JOIN pg_constraint n ON n.conrelid = c.oid
-- Also the triggers that hold a reference, which have numbers for names.
UNION ALL
SELECT concat_ws(' ', 'trigger', c.name, CASE WHEN t.tgisinternal THEN n.conname END,
                 CASE WHEN t.tgisinternal THEN p.proname ELSE t.tgname END),
       concat_ws(' ', t.tgenabled, CASE WHEN NOT t.tgisinternal THEN pg_get_triggerdef(t.oid) END)
FROM relation c JOIN pg_trigger t ON t.tgrelid = c.oid JOIN pg_proc p ON p.oid = t.tgfoid
LEFT JOIN pg_constraint n ON n.oid = t.tgconstraint
UNION ALL
SELECT 'rule ' || c.name || '.' || w.rulename, w.ev_enabled::text || ' ' || pg_get_ruledef(w.oid)
FROM relation c JOIN pg_rewrite w ON w.ev_class = c.oid WHERE w.rulename <> '_RETURN'
UNION ALL
SELECT 'function ' || p.name,
       concat_ws(' ', 'of ' || r.name, CASE WHEN p.prokind IN ('f', 'p') THEN pg_get_functiondef(p.oid) ELSE p.prokind::text END)
FROM routine p JOIN role r ON r.oid = p.proowner
-- What else can change what a query means, or run by itself.
UNION ALL
SELECT (o.found).type || ' ' || (o.found).identity, 'made here'
FROM (
  SELECT pg_identify_object(classid, oid, 0) AS found FROM (
    SELECT 'pg_operator'::regclass AS classid, oid FROM pg_operator
    UNION ALL SELECT 'pg_cast'::regclass, oid FROM pg_cast
    UNION ALL SELECT 'pg_policy'::regclass, oid FROM pg_policy
    UNION ALL SELECT 'pg_event_trigger'::regclass, oid FROM pg_event_trigger
    UNION ALL SELECT 'pg_collation'::regclass, oid FROM pg_collation
    UNION ALL SELECT 'pg_opclass'::regclass, oid FROM pg_opclass
    UNION ALL SELECT 'pg_language'::regclass, oid FROM pg_language
    UNION ALL SELECT 'pg_extension'::regclass, oid FROM pg_extension
    UNION ALL SELECT 'pg_default_acl'::regclass, oid FROM pg_default_acl
    UNION ALL SELECT 'pg_type'::regclass, t.oid FROM pg_type t
      WHERE t.typelem = 0 AND NOT EXISTS (SELECT 1 FROM relation c WHERE c.oid = t.typrelid)
  ) made WHERE oid >= 16384
) o
-- Settings that a session begins with.
UNION ALL
SELECT 'setting ' || split_part(e.entry, '=', 1) || ' of ' || COALESCE(r.name, 'all'), split_part(e.entry, '=', 2)
FROM pg_db_role_setting s
LEFT JOIN role r ON r.oid = s.setrole AND s.setrole <> 0
CROSS JOIN unnest(s.setconfig) AS e(entry)
WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
  AND split_part(e.entry, '=', 1) IN ('search_path', 'session_replication_role', 'row_security', 'default_transaction_read_only')
-- Who may do what.
UNION ALL
SELECT 'grant on ' || g.name || ' to ' || r.name,
       string_agg(a.privilege_type || CASE WHEN a.is_grantable THEN ' with grant option' ELSE '' END, ', '
                  ORDER BY a.privilege_type)
FROM (
  SELECT c.word || ' ' || c.name AS name, c.relowner AS owner, c.relacl AS acl FROM relation c
  UNION ALL
  SELECT 'column ' || c.name || '.' || t.attname, c.relowner, t.attacl
  FROM relation c JOIN pg_attribute t ON t.attrelid = c.oid AND NOT t.attisdropped WHERE t.attacl IS NOT NULL
  UNION ALL
  SELECT 'function ' || p.name, p.proowner, COALESCE(p.proacl, acldefault('f', p.proowner)) FROM routine p
  UNION ALL
  SELECT 'schema ' || s.nspname, s.nspowner, s.nspacl FROM space s WHERE s.nspname NOT LIKE 'pg\_temp%'
  UNION ALL
  SELECT 'database', datdba, COALESCE(datacl, acldefault('d', datdba)) FROM pg_database WHERE datname = current_database()
) g
CROSS JOIN aclexplode(g.acl) a
JOIN role r ON r.oid = a.grantee
WHERE a.grantee <> g.owner AND r.name <> 'owner'
GROUP BY g.name, r.name
