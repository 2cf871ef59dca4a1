-- Applies many independent changes of one partition, each wholly or not at all, in order.
--
-- KEYS[1]  what every key of the partition starts with, e.g. "{p17}:". The other keys are
--          computed from it, so they are all in its cluster slot.
-- ARGV[1]  about how many events to keep per organisation; "0" keeps all.
-- ARGV[2…] the changes, one after the other. Each is the ARGV position of the next change, its
--          demands, "", its other writes, "". Demands, which write when all of them hold:
--            v id prefix value      the record starts with "<version>\n", or is absent when prefix is
--                                   ""; value is put in its place, or nothing when value is ""
--            n id value             put a record that is absent; the one demand of its change
--            u index field value    the field is absent or has this value; "X" writes it
--            m name field n most    the counter and n together are most, or less
--            f calendar member      free calendar time, which is then not counted below
--            c calendar after before member capacity asked
--                                   hold calendar time: there is room for one more, or this very
--                                   member is there. after and before bound the starts of the
--                                   claims that can overlap it, as ZRANGEBYSCORE takes them.
--                                   Holds that ended by asked are not counted; a capacity of "0"
--                                   asks for no room at all
--            s calendar after before member seats asked
--                                   the same for a place in a session: what overlaps it has its
--                                   very span, and is one less than seats at most
--          Other writes:
--            P id value             put a record          D id        delete it
--            X index field value    set a field           x index field             remove it
--            L list score member    add to a list         l list member             remove it
--            Q kind ms id           make due              q kind id                 make not due
--            B kind ms id           make due by then: what is due before stays so
--            E organisation json    add an event          N name field n            count
-- Answer   one number per change: 0 done, 1 conflict (a "v" or "n" failed), 2 taken ("u", "m", "c" or "s" failed).
-- Cost     per change one read per demand and O(log n) per write. Writes of one key are gathered
--          over the whole call; a claim also reads the claims between after and before.

local call, args, match = redis.call, ARGV, string.match -- locals are faster than globals
local tag, keep, last = KEYS[1], args[1], #args

-- Gathered writes: one pending command per key. Nothing but "v", "u", "m", "c" and "s" reads, and
-- these flush what they are about to read.
local pending, put, counts = {}, {}, {}

local function flush(name)
  local p = pending[name]
  if p then
    pending[name] = nil
    call(unpack(p, 1, p.n))
  end
end

local function gather(name, command, key, a, b)
  local p = pending[name]
  if p and (p[1] ~= command or p.n > 900) then
    flush(name)
    p = nil
  end
  if not p then
    p = key and {command, key, n = 2} or {command, n = 1}
    pending[name] = p
  end
  local n = p.n + 1
  p[n] = a
  if b then
    n = n + 1
    p[n] = b
  end
  p.n = n
end

-- Whether [from, to) is full at some instant, given starts and ends of claims that overlap it.
local function full(starts, ends, capacity)
  if #starts < capacity then return false end
  if capacity == 1 then return true end
  table.sort(starts)
  table.sort(ends)
  local e = 1
  for s = 1, #starts do
    while ends[e] <= starts[s] do e = e + 1 end
    if s - e + 1 >= capacity then return true end
  end
  return false
end

-- Where a claim starts and ends, and whether more is said of it: "<start>:<end>:<holder>", where a
-- place in a session has "s<seats>" after its end, and a hold "u<until>".
local function span(member)
  local from, to, mark = match(member, '^(-?%d+):(-?%d+)(.)')
  return tonumber(from), tonumber(to), mark
end

-- Whether a claim is a hold that ended.
local function ended(member, asked)
  local till = match(member, '^%-?%d+:%-?%d+s?%d*u(%d+):')
  return till and tonumber(till) <= asked
end

-- What the change at hand does once all its demands hold. The tables are used again.
local keys, values, puts = {}, {}, 0
local freed, claims = {}, {} -- of {key, member}

local function frees(key, member)
  for _, f in ipairs(freed) do
    if f[1] == key and f[2] == member then return true end
  end
end

-- Shows the claims that overlap one of [from, to) to see, those of the change itself too; whether
-- the very member is among them.
local function others(key, held, member, from, to, asked, see)
  for _, m in ipairs(held) do
    local s, e, mark = span(m)
    if s < to and e > from and not frees(key, m) then
      if m == member then return true end
      if mark == ':' or not ended(m, asked) then see(s, e, mark) end
    end
  end
  for _, c in ipairs(claims) do
    if c[1] == key then
      local s, e, mark = span(c[2])
      if c[2] == member then return true end
      if s < to and e > from then see(s, e, mark) end
    end
  end
end

-- Whether one more claim fits.
local function fits(key, after, before, member, capacity, asked)
  if capacity == 0 then return true end
  local from, to = span(member)
  local held = call('ZRANGEBYSCORE', key, after, before)
  if capacity == 1 and not freed[1] and not claims[1] then -- most claims: whatever overlaps is in the way
    local room = true
    for n = 1, #held do
      local m = held[n]
      if m == member then return true end
      room = room and (tonumber(match(m, '^-?%d+:(-?%d+)')) <= from or ended(m, asked) or false)
    end
    return room
  end
  local starts, ends, shared = {}, {}, true
  local there = others(key, held, member, from, to, asked, function(s, e, mark)
    shared = shared and mark ~= 's' -- a session shares its time with nobody
    starts[#starts + 1] = s < from and from or s
    ends[#ends + 1] = e
  end)
  return there or shared and not full(starts, ends, capacity)
end

-- Whether one more fits into a session.
local function seats(key, after, before, member, most, asked)
  local from, to = span(member)
  local people, shared = 0, true
  local held = call('ZRANGEBYSCORE', key, after, before)
  local there = others(key, held, member, from, to, asked, function(s, e)
    shared = shared and s == from and e == to
    people = people + 1
  end)
  return there or shared and people < most
end

-- Checks the demands from ARGV[i]: the answer, and the position of the other writes when it is 0.
local function demands(i)
  puts = 0
  if freed[1] then freed = {} end
  if claims[1] then claims = {} end
  while true do
    local op = args[i]
    if op == '' then
      return 0, i + 1
    elseif op == 'v' then
      local key, prefix, value = tag .. 'r:' .. args[i + 1], args[i + 2], args[i + 3]
      if put[key] then flush('r') end
      local length = #prefix
      if call('GETRANGE', key, 0, length > 0 and length - 1 or 0) ~= prefix then
        return 1
      end
      if value ~= '' then
        puts = puts + 1
        keys[puts], values[puts] = key, value
      end
      i = i + 4
    elseif op == 'n' then
      local key = tag .. 'r:' .. args[i + 1]
      if put[key] then flush('r') end
      if not call('SET', key, args[i + 2], 'NX') then return 1 end
      i = i + 3
    elseif op == 'u' then
      local key = tag .. 'x:' .. args[i + 1]
      flush(key)
      local value = call('HGET', key, args[i + 2])
      if value and value ~= args[i + 3] then return 2 end
      i = i + 4
    elseif op == 'm' then
      local key, field = tag .. 'n:' .. args[i + 1], args[i + 2]
      local sum = tonumber(call('HGET', key, field) or '0') + tonumber(args[i + 3])
      if counts[key] then sum = sum + (counts[key][field] or 0) end
      if sum > tonumber(args[i + 4]) then return 2 end
      i = i + 5
    elseif op == 'f' then
      freed[#freed + 1] = {tag .. 'c:' .. args[i + 1], args[i + 2]}
      i = i + 3
    elseif op == 'c' then
      local key, member = tag .. 'c:' .. args[i + 1], args[i + 4]
      if not fits(key, args[i + 2], args[i + 3], member, tonumber(args[i + 5]), tonumber(args[i + 6])) then
        return 2
      end
      claims[#claims + 1] = {key, member}
      i = i + 7
    elseif op == 's' then
      local key, member = tag .. 'c:' .. args[i + 1], args[i + 4]
      if not seats(key, args[i + 2], args[i + 3], member, tonumber(args[i + 5]), tonumber(args[i + 6])) then
        return 2
      end
      claims[#claims + 1] = {key, member}
      i = i + 7
    else
      error('unknown demand at argument ' .. i)
    end
  end
end

-- Does what the demands were for. Time is freed before time is held: they may be the same.
local function fulfil()
  for n = 1, puts do
    put[keys[n]] = true
    gather('r', 'MSET', nil, keys[n], values[n])
  end
  for _, f in ipairs(freed) do call('ZREM', f[1], f[2]) end
  for _, c in ipairs(claims) do call('ZADD', c[1], match(c[2], '^(-?%d+):'), c[2]) end
end

-- Does the other writes from ARGV[i].
local function write(i)
  while true do
    local op = args[i]
    if op == '' then
      return
    elseif op == 'P' then
      local key = tag .. 'r:' .. args[i + 1]
      put[key] = true
      gather('r', 'MSET', nil, key, args[i + 2])
      i = i + 3
    elseif op == 'Q' then
      local kind = args[i + 1]
      local key = tag .. 'd:' .. kind
      if not pending[key] then gather('k', 'SADD', tag .. 'k', kind) end
      gather(key, 'ZADD', key, args[i + 2], args[i + 3])
      i = i + 4
    elseif op == 'B' then
      local kind = args[i + 1]
      local key = tag .. 'd:' .. kind
      gather('k', 'SADD', tag .. 'k', kind)
      flush(key)
      call('ZADD', key, 'LT', args[i + 2], args[i + 3])
      i = i + 4
    elseif op == 'q' then
      local key = tag .. 'd:' .. args[i + 1]
      gather(key, 'ZREM', key, args[i + 2])
      i = i + 3
    elseif op == 'E' then
      local key = tag .. 'e:' .. args[i + 1]
      if keep == '0' then
        call('XADD', key, '*', 'e', args[i + 2])
      else
        call('XADD', key, 'MAXLEN', '~', keep, '*', 'e', args[i + 2])
      end
      i = i + 3
    elseif op == 'N' then
      local key, field = tag .. 'n:' .. args[i + 1], args[i + 2]
      local c = counts[key]
      if not c then
        c = {}
        counts[key] = c
      end
      c[field] = (c[field] or 0) + tonumber(args[i + 3])
      i = i + 4
    elseif op == 'L' then
      local key = tag .. 'l:' .. args[i + 1]
      gather(key, 'ZADD', key, args[i + 2], args[i + 3])
      i = i + 4
    elseif op == 'l' then
      local key = tag .. 'l:' .. args[i + 1]
      gather(key, 'ZREM', key, args[i + 2])
      i = i + 3
    elseif op == 'X' then
      local key = tag .. 'x:' .. args[i + 1]
      gather(key, 'HSET', key, args[i + 2], args[i + 3])
      i = i + 4
    elseif op == 'x' then
      local key = tag .. 'x:' .. args[i + 1]
      gather(key, 'HDEL', key, args[i + 2])
      i = i + 3
    elseif op == 'D' then
      flush('r')
      call('DEL', tag .. 'r:' .. args[i + 1])
      i = i + 2
    else
      error('unknown write at argument ' .. i)
    end
  end
end

local answers = {}
local i = 2
while i <= last do
  local answer, at = demands(i + 1)
  if answer == 0 then
    fulfil()
    write(at)
  end
  answers[#answers + 1] = answer
  i = tonumber(args[i])
end

for name in pairs(pending) do flush(name) end
for key, fields in pairs(counts) do
  for field, n in pairs(fields) do
    if n == 1 then
      call('HINCRBY', key, field, '1') -- most of them; writing a number out costs more than it seems
    elseif n ~= 0 then
      call('HINCRBY', key, field, string.format('%.0f', n))
    end
  end
end
return answers
