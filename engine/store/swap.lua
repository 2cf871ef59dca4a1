-- Compare and swap of one small value that expires.
-- KEYS[1]  the value's key
-- ARGV     old, next ("" stands for nothing), milliseconds to keep next
-- Answers  what was there before; nil when there was nothing. Swapped when it equals old.
-- Cost     one GET, and one SET or DEL when it matched.
local found = redis.call('GET', KEYS[1])
if (found or '') ~= ARGV[1] then
  return found
end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return found
