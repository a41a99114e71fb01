-- For wrk: post copies of a message, each with a different number, and print the results.
-- Arguments: the file of the message, whose parts are separated by NUL; a serial number to begin
-- after; the most messages that are made.

local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  local file = assert(io.open(args[1], "rb"))
  local text = file:read("*a")
  file:close()
  parts = {}
  for part in (text .. "\0"):gmatch("(%Z*)%z") do
    table.insert(parts, part)
  end
  serial = tonumber(args[2])
  most = tonumber(args[3])
  made = 0
  headers = wrk.headers
  headers["Content-Type"] = "application/json"
end

function request()
  made = made + 1
  if made > most then
    wrk.thread:stop()
  end
  local own = string.format("%09d", serial + made)
  return wrk.format("POST", nil, headers, table.concat(parts, own))
end

function done(summary, latency, requests)
  local made = 0
  for _, thread in ipairs(threads) do
    made = made + thread:get("made")
  end
  local errors = summary.errors
  io.write(string.format(
    '\n{"answered": %d, "seconds": %f, "made": %d, "p50": %f, "p99": %f, "failed": %d, "broken": %d}\n',
    summary.requests, summary.duration / 1e6, made,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
