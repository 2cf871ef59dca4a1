-- Reads a page of a list, after a place that need not exist any more. Writes nothing.
--
-- KEYS[1]  the list
-- ARGV     how many to read; then, unless from the start, score and member of the place
-- Answer   member, score, … by score then member
-- Cost     O(log n · log m + page), m being the members that share the place's score

local key, count, score, member = KEYS[1], tonumber(ARGV[1]), ARGV[2], ARGV[3]

-- Whether a sorts after b as Redis sorts members: by bytes. Lua's < follows the locale.
local function after(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then return x > y end
  end
  return #a > #b
end

local first = 0
if score then
  first = redis.call('ZCOUNT', key, '-inf', '(' .. score)
  local past = redis.call('ZCOUNT', key, '-inf', score)
  while first < past do
    local middle = math.floor((first + past) / 2)
    if after(redis.call('ZRANGE', key, middle, middle)[1], member) then
      past = middle
    else
      first = middle + 1
    end
  end
end
return redis.call('ZRANGE', key, first, first + count - 1, 'WITHSCORES')
