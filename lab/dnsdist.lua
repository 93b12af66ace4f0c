-- One dnsdist in front of every server of the lab. World and routes come from
-- the generated servers.lua; faults and counters live here and are changed and
-- read through the console.

local ffi = require("ffi")
ffi.cdef("struct lab_time { long sec; long nsec; }; int clock_gettime(int, struct lab_time *);")

local servers = {} -- address → server
local faults = {}  -- zone → list, newest first
local always = {}  -- zone → kind, not to be cleared
local forged       -- what the newest forged-referral leads to: address, and labels of the zone

-- caalab/world.py writes one call per address
function server(address, zone, name, number, pool)
  servers[address] = {
    address = address, zone = zone, name = name, number = number, pool = pool,
    suffix = newDNSName(zone), udp = 0, tcp = 0, faulted = 0,
  }
end

function permanent(zone, kind)
  always[zone] = kind
end

local function now()
  local t = ffi.new("struct lab_time")
  ffi.C.clock_gettime(1, t) -- CLOCK_MONOTONIC
  return tonumber(t.sec) + tonumber(t.nsec) / 1e9
end

-- Who writes names in mixed case (0x20) is the prober: libunbound does not, and goes on being told the truth.
local function isMixedCase(dq) return dq.qname:toString():find("%u") ~= nil end

local function applies(fault, server, dq)
  return fault.numbers[server.number]
    and (not fault.kind:find("^forged") or isMixedCase(dq))
    and (fault.qtype == 0 or fault.qtype == dq.qtype)
    and (fault.until_ == 0 or now() < fault.until_)
    and not (dq.tcp and (fault.udpOnly or fault.over == "udp"))
    and (dq.tcp or fault.over ~= "tcp")
    and (not fault.edns or dq:getDO())
    and math.random() < fault.share
end

local function choose(server, dq)
  for _, fault in ipairs(faults[server.zone] or {}) do
    if applies(fault, server, dq) then
      return fault
    end
  end
end

local function enter(dq)
  local server = servers[dq.localaddr:toString()]
  if server == nil then
    return DNSAction.Drop, ""
  end
  local transport = dq.tcp and "tcp" or "udp"
  server[transport] = server[transport] + 1
  local fault = choose(server, dq)
  -- the NSD behind holds every zone of its level, the server only its own
  if not dq.qname:isPartOf(server.suffix) and not (fault ~= nil and fault.kind == "permissive") then
    dq:setTag("fault", "refused")
    return DNSAction.None, ""
  end
  if fault == nil then
    dq:setTag("fault", always[server.zone] or "")
    return DNSAction.None, ""
  end
  server.faulted = server.faulted + 1
  if fault.kind == "delay" then
    return DNSAction.Delay, tostring(fault.delay)
  end
  dq:setTag("fault", fault.kind)
  return DNSAction.None, ""
end

local function route(dq)
  return DNSAction.Pool, servers[dq.localaddr:toString()].pool
end

-- Response packets, edited in place.

local function u16(p, at) return p[at] * 256 + p[at + 1] end
local function put16(p, at, value) p[at] = math.floor(value / 256); p[at + 1] = value % 256 end

local function skipName(p, at)
  while p[at] ~= 0 do
    if p[at] >= 192 then return at + 2 end
    at = at + 1 + p[at]
  end
  return at + 1
end

-- Calls visit(start, type, rdata, end, section) for every record; section 1 to 3.
local function records(p, visit)
  local at = 12
  for _ = 1, u16(p, 4) do at = skipName(p, at) + 4 end
  for section = 1, 3 do
    for _ = 1, u16(p, 4 + 2 * section) do
      local start = at
      local fixed = skipName(p, at)
      at = fixed + 10 + u16(p, fixed + 8)
      visit(start, u16(p, fixed), fixed + 10, at, section)
    end
  end
end

local SOA, OPT, RRSIG, CAA, AUTHORITY = 6, 41, 46, 257, 2

local function packet(dr)
  return ffi.cast("uint8_t*", ffi.C.dnsdist_ffi_dnsquestion_get_header(dr))
end

-- Owners after the cut may be compressed against each other. Nothing points into
-- the SOA: owners point at the question or at another owner, and the RDATA of
-- NSEC, NSEC3 and RRSIG is not compressed.
local function movePointers(p, from, by)
  records(p, function(start)
    local at = start
    while p[at] ~= 0 and p[at] < 192 do at = at + 1 + p[at] end
    if p[at] >= 192 and u16(p, at) - 0xC000 >= from then put16(p, at, u16(p, at) - by) end
  end)
end

local function withoutSOA(dr)
  local p = packet(dr)
  local size = ffi.C.dnsdist_ffi_dnsquestion_get_len(dr)
  local cuts = {}
  records(p, function(start, kind, rdata, stop, section)
    if section == AUTHORITY and (kind == SOA or (kind == RRSIG and u16(p, rdata) == SOA)) then
      table.insert(cuts, 1, { start, stop })
    end
  end)
  for _, cut in ipairs(cuts) do
    local start, stop = cut[1], cut[2]
    movePointers(p, stop, stop - start)
    ffi.copy(p + start, ffi.string(p + stop, size - stop), size - stop)
    size = size - (stop - start)
    put16(p, 8, u16(p, 8) - 1)
  end
  ffi.C.dnsdist_ffi_dnsquestion_set_size(dr, size)
  return DNSResponseAction.None
end

local function badSignatures(dr)
  local p = packet(dr)
  records(p, function(_, kind, _, stop)
    if kind == RRSIG then p[stop - 1] = (p[stop - 1] + 1) % 256 end
  end)
  return DNSResponseAction.None
end

-- NSD's OPT is the last record.
local function withoutEDNS(dr)
  local p, size = packet(dr), nil
  records(p, function(start, kind) if kind == OPT then size = start end end)
  if size ~= nil then
    put16(p, 10, u16(p, 10) - 1)
    ffi.C.dnsdist_ffi_dnsquestion_set_size(dr, size)
  end
  return DNSResponseAction.None
end

local function withoutAA(dr)
  local p = packet(dr)
  p[2] = bit.band(p[2], 0xFB)
  return DNSResponseAction.None
end

-- A referral to the root, as of a server that does not have the zone.
local function lame(dr)
  local p = packet(dr)
  local record = "\0\0\2\0\1\0\0\14\16\0\20\1a\12root-servers\3net\0"
  local at = 12
  for _ = 1, u16(p, 4) do at = skipName(p, at) + 4 end
  local fits = at + #record <= ffi.C.dnsdist_ffi_dnsquestion_get_len(dr)
  p[2] = bit.band(p[2], 0xFB)
  p[3] = bit.band(p[3], 0xF0)
  put16(p, 6, 0)
  put16(p, 8, fits and 1 or 0)
  put16(p, 10, 0)
  if fits then ffi.copy(p + at, record, #record) end
  ffi.C.dnsdist_ffi_dnsquestion_set_size(dr, fits and at + #record or at)
  return DNSResponseAction.None
end

-- Instead of the real referral: to one server, ns.forged below the delegated name, at the attacker's address. As
-- "forged-glue": to ns1 below the delegated name, which mostly is a true one, at that address, and to ns1.plain.net
-- without glue, so that whoever looks for addresses finds the attacker's by himself.
local function forgedReferral(dr)
  local p = packet(dr)
  local labels, at = {}, 12
  while p[at] ~= 0 do
    table.insert(labels, at)
    at = at + 1 + p[at]
  end
  local cut = labels[#labels - forged.labels]
  if cut == nil then return DNSResponseAction.None end
  at = at + 5
  local to_cut = string.char(192 + math.floor(cut / 256), cut % 256)
  local host = at + 2 + 10
  local first = forged.glue and "\0\6\3ns1" or "\0\12\2ns\6forged"
  local second = forged.glue and to_cut .. "\0\2\0\1\0\0\14\16\0\15\3ns1\5plain\3net\0" or ""
  local record = to_cut .. "\0\2\0\1\0\0\14\16" .. first .. to_cut .. second
    .. string.char(192 + math.floor(host / 256), host % 256) .. "\0\1\0\1\0\0\14\16\0\4" .. forged.address
    .. "\0\0\41\4\208\0\0\128\0\0\0"
  if at + #record > ffi.C.dnsdist_ffi_dnsquestion_get_len(dr) then return DNSResponseAction.None end
  p[2] = bit.band(p[2], 0xFB)
  p[3] = bit.band(p[3], 0xF0)
  put16(p, 6, 0)
  put16(p, 8, forged.glue and 2 or 1)
  put16(p, 10, 2)
  ffi.copy(p + at, record, #record)
  ffi.C.dnsdist_ffi_dnsquestion_set_size(dr, at + #record)
  return DNSResponseAction.None
end

-- As of a secondary that was not told of the last changes.
local function oldSerial(dr)
  local p = packet(dr)
  records(p, function(_, kind, _, stop)
    if kind == SOA then put16(p, stop - 18, 7) end
  end)
  return DNSResponseAction.None
end

local function otherCAA(dr)
  local p = packet(dr)
  records(p, function(_, kind, _, stop)
    if kind == CAA then p[stop - 1] = p[stop - 1] == 122 and 121 or 122 end
  end)
  return DNSResponseAction.None
end

-- The console's commands.

function labFault(zone, fault)
  local numbers = {}
  for _, number in ipairs(fault.numbers) do numbers[number] = true end
  fault.numbers = numbers
  fault.until_ = fault.seconds > 0 and now() + fault.seconds or 0
  if fault.kind:find("^forged") then
    local _, labels = zone:gsub("[^.]+", "")
    forged = { address = string.char(unpack(fault.address)), labels = labels, glue = fault.kind == "forged-glue" }
  end
  faults[zone] = faults[zone] or {}
  table.insert(faults[zone], 1, fault)
  return "ok\n"
end

function labClear(zone)
  if zone == nil then faults = {} else faults[zone] = nil end
  return "ok\n"
end

function labStats(reset)
  local lines = {}
  for _, s in pairs(servers) do
    if s.udp + s.tcp > 0 then
      table.insert(lines, table.concat({ s.address, s.udp, s.tcp, s.faulted }, " "))
    end
    if reset then s.udp, s.tcp, s.faulted = 0, 0, 0 end
  end
  return table.concat(lines, "\n") .. "\nok\n"
end

math.randomseed(now() * 1000)
setACL({ "0.0.0.0/0", "::/0" })
setLocal("0.0.0.0:53")
addLocal("[::]:53")
setMaxUDPOutstanding(20000)
setMaxTCPClientThreads(2)
-- Its count of waiting connections falls below zero in a race, and then they are "too many" and are reset.
setMaxTCPQueuedConnections(0)
setSecurityPollSuffix("")
setVerboseHealthChecks(false)

local AUTHORITATIVE = { aa = true, ra = false }
local PLAIN = { aa = false, ra = false }
addAction(AllRule(), LuaAction(enter))
addAction(TagRule("fault", "servfail"), RCodeAction(DNSRCode.SERVFAIL, PLAIN))
addAction(TagRule("fault", "refused"), RCodeAction(DNSRCode.REFUSED, PLAIN))
addAction(TagRule("fault", "formerr"), RCodeAction(DNSRCode.FORMERR, PLAIN))
addAction(TagRule("fault", "noerror-empty"), RCodeAction(DNSRCode.NOERROR, AUTHORITATIVE))
addAction(AndRule({ TagRule("fault", "permissive"), QTypeRule(CAA) }),
  SpoofRawAction("\0\5issueletsencrypt.org", { aa = true, ra = false, ttl = 3600 }))
addAction(TagRule("fault", "permissive"), RCodeAction(DNSRCode.REFUSED, PLAIN))
addAction(TagRule("fault", "truncate"), TCAction())
addAction(TagRule("fault", "drop"), DropAction())

-- caalab/world.py: CAA records that no name server would load
function rawCAA(name, rdata)
  addAction(AndRule({ QNameRule(name), QTypeRule(257) }),
    SpoofRawAction(rdata, { aa = true, ra = false, ttl = 3600 }))
end

-- The last rule, after those of rawCAA.
function routes()
  addAction(AllRule(), LuaAction(route))
end

addResponseAction(TagRule("fault", "no-soa"), LuaFFIResponseAction(withoutSOA))
addResponseAction(TagRule("fault", "bad-signature"), LuaFFIResponseAction(badSignatures))
addResponseAction(TagRule("fault", "no-edns"), LuaFFIResponseAction(withoutEDNS))
addResponseAction(TagRule("fault", "no-aa"), LuaFFIResponseAction(withoutAA))
addResponseAction(TagRule("fault", "lame"), LuaFFIResponseAction(lame))
addResponseAction(TagRule("fault", "forged-referral"), LuaFFIResponseAction(forgedReferral))
addResponseAction(TagRule("fault", "forged-glue"), LuaFFIResponseAction(forgedReferral))
addResponseAction(TagRule("fault", "old-serial"), LuaFFIResponseAction(oldSerial))
addResponseAction(TagRule("fault", "other-caa"), LuaFFIResponseAction(otherCAA))
