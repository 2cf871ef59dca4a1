-- Counts what is due, by kind. Writes nothing.
--
-- KEYS[1]  what every key of the partition starts with, e.g. "{p17}:"
-- ARGV[1]  now (ms)
-- Answer   kind, entries due, earliest due time (ms; "" when none) of each kind ever used
-- Cost     O(kinds · log n)

local tag, now = KEYS[1], ARGV[1]
local answer = {}
for _, kind in ipairs(redis.call('SMEMBERS', tag .. 'k')) do
  local key = tag .. 'd:' .. kind
  local entries = redis.call('ZCOUNT', key, '-inf', now)
  answer[#answer + 1] = kind
  answer[#answer + 1] = tostring(entries)
  answer[#answer + 1] = entries > 0 and redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2] or ''
end
return answer
