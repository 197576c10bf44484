package io.github.certflux.store;

/**
 * What is done in the server, each whole. A record is a hash (content, version, attempt), and all
 * paths are in one sorted set, in the order of their bytes. A lease is a hash (token, attempt,
 * expires), which is gone when it is free.
 */
final class RedisScripts {

  private static final String FENCE =
      """
      local function fenced(lease, token)
        return token ~= '' and redis.call('HGET', lease, 'token') ~= token
      end
      """;

  /**
   * Keys: record, paths, lease. Arguments: kind, expected, token, channel, path, and the record.
   */
  static final String WRITE =
      FENCE
          + """
          local kind, expected, token, channel, path, attempt, version, content = unpack(ARGV)
          if fenced(KEYS[3], token) then return 'lost' end
          local found = redis.call('HMGET', KEYS[1], 'version', 'attempt')
          if found[2] == attempt then return 'done' end
          if kind == 'ABSENT' and found[1] then return 'there' end
          if kind == 'VERSION' and not found[1] then return 'deleted' end
          if kind == 'VERSION' and found[1] ~= expected then return 'changed' end
          redis.call('HSET', KEYS[1], 'version', version, 'attempt', attempt, 'content', content)
          redis.call('ZADD', KEYS[2], 0, path)
          redis.call('PUBLISH', channel, path)
          return 'done'
          """;

  /** Keys and arguments as for a write, without the record. */
  static final String DELETE =
      FENCE
          + """
          local kind, expected, token, channel, path = unpack(ARGV)
          if fenced(KEYS[3], token) then return 'lost' end
          local version = redis.call('HGET', KEYS[1], 'version')
          if not version then return 'done' end
          if kind == 'ABSENT' then return 'there' end
          if kind == 'VERSION' and version ~= expected then return 'changed' end
          redis.call('DEL', KEYS[1])
          redis.call('ZREM', KEYS[2], path)
          redis.call('PUBLISH', channel, path)
          return 'done'
          """;

  /**
   * Keys: lease, last token. Arguments: attempt, term in ms. Gives the token, or nothing. Numbers
   * are microseconds, which a script keeps exact until the year 2255. No term is longer than an
   * hour: an end beyond two is of a clock that was set back since.
   */
  static final String TAKE =
      """
      local attempt, term = unpack(ARGV)
      local time = redis.call('TIME')
      local now = time[1] * 1000000 + time[2]
      local held = redis.call('HMGET', KEYS[1], 'token', 'attempt', 'expires')
      if held[1] and held[2] == attempt then return held[1] end
      local left = held[1] and tonumber(held[3]) - now or 0
      if left > 0 and left < 7200000000 then return '' end
      local last = tonumber(redis.call('GET', KEYS[2]) or held[1] or '0')
      local token = string.format('%.0f', math.max(last + 1, now))
      local expires = string.format('%.0f', now + term * 1000)
      redis.call('SET', KEYS[2], token)
      redis.call('HSET', KEYS[1], 'token', token, 'attempt', attempt, 'expires', expires)
      redis.call('PEXPIRE', KEYS[1], term + 86400000)
      return token
      """;

  /** Keys: lease. Arguments: token, term in ms. */
  static final String RENEW =
      """
      local token, term = unpack(ARGV)
      if redis.call('HGET', KEYS[1], 'token') ~= token then return 'lost' end
      local time = redis.call('TIME')
      local now = time[1] * 1000000 + time[2]
      redis.call('HSET', KEYS[1], 'expires', string.format('%.0f', now + term * 1000))
      redis.call('PEXPIRE', KEYS[1], term + 86400000)
      return 'done'
      """;

  /** Keys: lease. Arguments: token, channel, path. */
  static final String RELEASE =
      """
      local token, channel, path = unpack(ARGV)
      if redis.call('HGET', KEYS[1], 'token') == token then
        redis.call('DEL', KEYS[1])
        redis.call('PUBLISH', channel, path)
      end
      return 'done'
      """;

  private RedisScripts() {}
}
