-- Leases what is due: pushes its time forward and returns it.
--
-- KEYS[1]  what every key of the partition starts with, e.g. "{p17}:"
-- ARGV     now (ms), until (ms), limit, then the kinds; no kind means all
-- Answer   kind, id, time (ms) of each entry taken, the longest due first over all kinds
-- Cost     O(kinds · log n) when nothing is due, O(limit · (kinds + log n)) at most

local tag, now, till, limit = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])

local kinds = {unpack(ARGV, 4)}
if #kinds == 0 then kinds = redis.call('SMEMBERS', tag .. 'k') end

local found = {}
for _, kind in ipairs(kinds) do
  local due = redis.call('ZRANGEBYSCORE', tag .. 'd:' .. kind, '-inf', now,
    'WITHSCORES', 'LIMIT', 0, limit)
  for i = 1, #due, 2 do
    found[#found + 1] = {kind, due[i], due[i + 1], tonumber(due[i + 1]), #found}
  end
end
if #found == 0 then return {} end

-- Lua's sort is not stable; the last column makes it so.
table.sort(found, function(a, b)
  if a[4] ~= b[4] then return a[4] < b[4] end
  return a[5] < b[5]
end)

local answer = {}
for i = 1, math.min(limit, #found) do
  local kind, id, at = found[i][1], found[i][2], found[i][3]
  redis.call('ZADD', tag .. 'd:' .. kind, 'XX', till, id)
  answer[#answer + 1] = kind
  answer[#answer + 1] = id
  answer[#answer + 1] = at
end
return answer
