-- Limits that all workers on all machines share, decided in one step inside Redis.
--
-- A limit is a bucket that is kept as one instant (GCRA): the moment from which it would be full
-- again. request.py explains the words. KEYS: three of each claim (state, senders, day), one of each
-- shared limit, one of each back-off, then the processes, and the watched domains last. ARGV: the
-- request as JSON, and in tests the time in microseconds; otherwise it is Redis' own, so that no
-- machine's clock matters.

local request = cjson.decode(ARGV[1])
local now = tonumber(ARGV[2])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000000 + tonumber(time[2])
end

local MINUTE, SECOND = 60000000, 1000000
local FLOOR, RESERVE, GAP = request.floor, request.reserve, request.gap
local SENDER_TIMEOUT, PROCESS_TIMEOUT = request.sender_timeout, request.process_timeout
local slope = request.slope

local function read(key)
  local found = redis.call('HMGET', key, 'tat', 'factor', 'hold', 'stop', 'slowed_at')
  return {
    tat = tonumber(found[1] or 0),
    factor = tonumber(found[2] or 1),
    hold = tonumber(found[3] or 0),
    stop = tonumber(found[4] or 0),
    slowed_at = tonumber(found[5] or 0),
  }
end

local function keep(key, until_)
  redis.call('PEXPIRE', key, math.ceil(math.max(until_ - now, 0) / 1000) + 60000)
end

local function factor_of(state)
  if state.factor >= 1 or now < state.hold then return state.factor end
  return math.min(1, state.factor + (now - state.hold) * slope)
end

local function back_at(state)
  return math.max(state.tat, state.hold + (1 - state.factor) / slope)
end

-- A limit at this instant. Without a rate everything may go.
local function bucket(key, per_minute, tat)
  if not per_minute then return { key = key } end
  local it = { key = key, gap = MINUTE / per_minute, burst = math.max(1, math.floor(per_minute / 60)) }
  it.left = math.max(1, math.floor(it.burst * RESERVE))
  it.size = (it.burst + it.left) * it.gap
  it.ahead = math.min(math.max(tat - now, 0), it.size)
  return it
end

local function spare(it, want)
  if not it.gap then return want end
  local have = math.floor((it.size - it.ahead) / it.gap + 1e-6)
  if not request.transactional then have = have - it.left end
  return math.max(0, math.min(want, have))
end

local function take(it, count)
  if not it.gap or count == 0 then return end
  local tat = math.ceil(now + it.ahead + count * it.gap)
  it.ahead = math.min(tat - now, it.size)
  redis.call('HSET', it.key, 'tat', string.format('%.0f', tat))
  return tat
end

local function wait(it, left)
  if not it.gap then return 0 end
  local batch = math.min(left, math.max(1, math.floor(it.burst / 2)))
  if not request.transactional then batch = batch + it.left end
  return math.max(1, math.ceil(it.ahead + batch * it.gap - it.size))
end

local watched = KEYS[#KEYS]

local function apply_backoff(backoff, key)
  local state = read(key)
  local factor, until_ = factor_of(state), now + backoff.lasts
  if backoff.stop then
    factor = math.min(factor, request.after_stop)
    state.stop = math.max(state.stop, until_)
  elseif now - state.slowed_at >= GAP then
    factor = math.max(FLOOR, factor / 2)
    state.slowed_at = now
  end
  state.factor, state.hold = factor, math.max(state.hold, until_)
  redis.call('HSET', key, 'factor', string.format('%.17g', factor),
    'hold', string.format('%.0f', state.hold), 'stop', string.format('%.0f', state.stop),
    'slowed_at', string.format('%.0f', state.slowed_at))
  keep(key, back_at(state))
  if backoff.watch ~= '' then
    redis.call('ZADD', watched, string.format('%.0f', back_at(state)), backoff.watch)
    redis.call('ZREMRANGEBYSCORE', watched, '-inf', string.format('%.0f', now))
    redis.call('PEXPIRE', watched, 86400000)
  end
end

-- Divide the messages in flight among the runs that sent a moment ago.
local function share(claim, key, factor)
  if claim.in_flight == 0 then return -1 end
  local whole = math.max(1, math.floor(claim.in_flight * factor))
  if request.transactional then return whole end
  redis.call('ZADD', key, string.format('%.0f', now), request.run)
  redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('%.0f', now - SENDER_TIMEOUT))
  redis.call('PEXPIRE', key, 60000)
  local senders = redis.call('ZRANGE', key, 0, -1)
  table.sort(senders)
  local place = 0
  for number, run in ipairs(senders) do
    if run == request.run then place = number - 1 end
  end
  return math.floor(whole / #senders) + (place < whole % #senders and 1 or 0)
end

local function wait_for(claim, granted, left, in_flight_limit, it)
  if granted >= claim.want then return 0 end
  if in_flight_limit == 0 then return SECOND end
  if granted >= left then return request.day_limit_wait end
  return wait(it, left - granted)
end

local function answer(claim, budget, key, senders_key, day_key)
  local state = read(key)
  local factor = factor_of(state)
  local in_flight_limit = share(claim, senders_key, factor)
  if now < state.stop then
    if not request.transactional then return 0, math.ceil(state.stop - now), in_flight_limit end
    factor = FLOOR
  end
  local base = claim.per_minute
  if base == 0 and factor < 1 then base = claim.slowed end
  local it = bucket(key, base * factor > 0 and base * factor, state.tat)
  local left = claim.want
  if claim.day_limit >= 0 and not request.transactional then
    local today = tonumber(redis.call('GET', day_key) or 0)
    left = math.min(left, math.max(0, claim.day_limit - today))
  end
  local granted = in_flight_limit ~= 0 and math.min(spare(it, left), budget) or 0
  state.tat = take(it, granted) or state.tat
  if granted > 0 and it.gap then keep(key, back_at(state)) end
  if granted > 0 and claim.day_limit >= 0 then
    redis.call('INCRBY', day_key, granted)
    redis.call('PEXPIRE', day_key, 172800000)
  end
  return granted, wait_for(claim, granted, left, in_flight_limit, it), in_flight_limit
end

for number, backoff in ipairs(request.backoffs) do
  apply_backoff(backoff, KEYS[3 * #request.claims + #request.shared_limits + number])
end

local shared = {}
for number, limit in ipairs(request.shared_limits) do
  local key = KEYS[3 * #request.claims + number]
  shared[number] = bucket(key, limit.per_minute, read(key).tat)
end

local answers = {}
for number, claim in ipairs(request.claims) do
  local budget = claim.want
  for _, it in ipairs(shared) do budget = math.min(budget, spare(it, claim.want)) end
  local granted, pause, in_flight_limit = answer(
    claim, budget, KEYS[3 * number - 2], KEYS[3 * number - 1], KEYS[3 * number])
  for _, it in ipairs(shared) do
    local tat = take(it, granted)
    if tat then keep(it.key, tat) end
    if granted == budget and budget < claim.want then
      pause = math.max(pause, wait(it, claim.want - granted))
    end
  end
  answers[number] = { granted, pause, in_flight_limit }
end

local names = redis.call(
  'ZRANGEBYSCORE', watched, string.format('%.0f', now), '+inf', 'LIMIT', 0, 1000)

-- How many processes send: each takes such a part of every limit while Redis is away.
local processes = KEYS[#KEYS - 1]
redis.call('ZADD', processes, string.format('%.0f', now), request.process)
redis.call('ZREMRANGEBYSCORE', processes, '-inf', string.format('%.0f', now - PROCESS_TIMEOUT))
redis.call('PEXPIRE', processes, math.ceil(PROCESS_TIMEOUT / 1000))
return cjson.encode({ answers, names, redis.call('ZCARD', processes) })
