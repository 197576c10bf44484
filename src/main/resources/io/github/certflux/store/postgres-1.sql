-- What a store keeps in PostgreSQL. Run by the store when it first connects, or by you beforehand.

CREATE TABLE certflux_schema (version integer NOT NULL);
INSERT INTO certflux_schema VALUES (1);

CREATE TABLE certflux_record (
  path text COLLATE "C" PRIMARY KEY,
  content bytea NOT NULL,
  version text NOT NULL,
  attempt text NOT NULL,
  changed timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- A row stays when its lease is released (no attempt), so that tokens never go back.
CREATE TABLE certflux_lease (
  path text COLLATE "C" PRIMARY KEY,
  token bigint NOT NULL,
  attempt text NOT NULL,
  expires timestamptz NOT NULL
);

CREATE FUNCTION certflux_tell(p_kind text, p_path text) RETURNS void LANGUAGE sql AS $$
  SELECT pg_notify(left('certflux_' || current_schema(), 63), p_kind || p_path)
$$;

-- A change that was signalled as done is on the disk, whatever the session's default.
CREATE FUNCTION certflux_durable() RETURNS void LANGUAGE sql AS $$
  SELECT set_config('synchronous_commit', 'on', true)
    WHERE current_setting('synchronous_commit') = 'off'
$$;

-- Whether a token is the newest. The row is locked, so nobody takes the lease before the commit.
CREATE FUNCTION certflux_holds(p_lease text, p_token bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM certflux_lease
    WHERE path = p_lease AND token = p_token AND attempt <> '' FOR SHARE;
  RETURN FOUND;
END $$;

CREATE FUNCTION certflux_write(
  p_path text, p_kind text, p_expected text, p_lease text, p_token bigint,
  p_attempt text, p_version text, p_content bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  found_version text;
  found_attempt text;
BEGIN
  PERFORM certflux_durable();
  IF p_lease <> '' AND NOT certflux_holds(p_lease, p_token) THEN
    RETURN 'lost';
  END IF;
  LOOP
    SELECT version, attempt INTO found_version, found_attempt
      FROM certflux_record WHERE path = p_path FOR UPDATE;
    IF found_attempt = p_attempt THEN
      RETURN 'done';
    ELSIF p_kind = 'ABSENT' AND found_version IS NOT NULL THEN
      RETURN 'there';
    ELSIF p_kind = 'VERSION' AND found_version IS NULL THEN
      RETURN 'deleted';
    ELSIF p_kind = 'VERSION' AND found_version <> p_expected THEN
      RETURN 'changed';
    ELSIF found_version IS NULL THEN
      INSERT INTO certflux_record (path, content, version, attempt)
        VALUES (p_path, p_content, p_version, p_attempt) ON CONFLICT DO NOTHING;
    ELSE
      UPDATE certflux_record
        SET content = p_content, version = p_version, attempt = p_attempt, changed = clock_timestamp()
        WHERE path = p_path;
    END IF;
    EXIT WHEN FOUND; -- or else somebody has made it meanwhile: look again
  END LOOP;
  PERFORM certflux_tell('c', p_path);
  RETURN 'done';
END $$;

CREATE FUNCTION certflux_delete(
  p_path text, p_kind text, p_expected text, p_lease text, p_token bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  found_version text;
BEGIN
  PERFORM certflux_durable();
  IF p_lease <> '' AND NOT certflux_holds(p_lease, p_token) THEN
    RETURN 'lost';
  END IF;
  SELECT version INTO found_version FROM certflux_record WHERE path = p_path FOR UPDATE;
  IF found_version IS NULL THEN
    RETURN 'done';
  ELSIF p_kind = 'ABSENT' THEN
    RETURN 'there';
  ELSIF p_kind = 'VERSION' AND found_version <> p_expected THEN
    RETURN 'changed';
  END IF;
  DELETE FROM certflux_record WHERE path = p_path;
  PERFORM certflux_tell('c', p_path);
  RETURN 'done';
END $$;

-- The token, or 0 where somebody holds the lease. Tokens rise with the clock, so they do not go
-- back where a backup was restored either. No term is longer than an hour: an end beyond two is of
-- a clock that was set back since, and held by nobody who lives and renews it.
CREATE FUNCTION certflux_take(p_lease text, p_attempt text, p_millis bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  held certflux_lease%ROWTYPE;
  next_token bigint;
BEGIN
  PERFORM certflux_durable();
  INSERT INTO certflux_lease VALUES (p_lease, 0, '', 'epoch') ON CONFLICT DO NOTHING;
  SELECT * INTO held FROM certflux_lease WHERE path = p_lease FOR UPDATE;
  IF held.attempt = p_attempt THEN
    RETURN held.token;
  ELSIF held.attempt <> '' AND held.expires > clock_timestamp()
      AND held.expires < clock_timestamp() + interval '2 hours' THEN
    RETURN 0;
  END IF;
  next_token := greatest(held.token + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint);
  UPDATE certflux_lease
    SET token = next_token, attempt = p_attempt,
        expires = clock_timestamp() + p_millis * interval '1 millisecond'
    WHERE path = p_lease;
  RETURN next_token;
END $$;

CREATE FUNCTION certflux_renew(p_lease text, p_token bigint, p_millis bigint) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  UPDATE certflux_lease SET expires = clock_timestamp() + p_millis * interval '1 millisecond'
    WHERE path = p_lease AND token = p_token AND attempt <> '';
  RETURN CASE WHEN FOUND THEN 'done' ELSE 'lost' END;
END $$;

CREATE FUNCTION certflux_release(p_lease text, p_token bigint) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  UPDATE certflux_lease SET attempt = '' WHERE path = p_lease AND token = p_token AND attempt <> '';
  IF FOUND THEN
    PERFORM certflux_tell('r', p_lease);
  END IF;
  RETURN 'done';
END $$;
