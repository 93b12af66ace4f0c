about "What advise says is published: every server serves it, and net can no longer stop a certificate"

# Before: nothing is there, so net decides, and where net fails nobody is allowed.
run caa advise --verify --json '*.customer.platform.net'
expect_exit 1
expect_json .domain platform.net
expect_json .state publish
# What is left of 900 s: a second may have passed.
expect_line '"wait_s":(900|89[5-9])[,}]'
expect_json .verified.ends_climb false
expect_json .verified.servers.length 6
expect_json '.verified.servers[0].served' nothing
fault net --kind servfail --qtype CAA
run caa check '*.customer.platform.net' --deadline 6
expect_exit 2
clear

# Who would lose a CA: whoever has no set of its own, and another CA.
printf '%s\n' '# name issuer' 'www.platform.net letsencrypt.org' 'old.platform.net other-ca.example' \
    '{"name": "*.shop.platform.net", "issuer": "other-ca.example"}' 'else.platform.net other-ca.example' \
    'www.plain.com other-ca.example' >"$out/in-use"
run caa advise platform.net --in-use "$out/in-use" --json
expect_exit 1
expect_json '.in_use[name=www.platform.net].effect' keeps
expect_json '.in_use[name=old.platform.net].effect' loses
expect_json '.in_use[name=*.shop.platform.net]' '{"effect": "shielded", "shielded_by": "shop.platform.net"}'
expect_json '.in_use[name=else.platform.net].effect' shielded
expect_json '.in_use[name=www.plain.com].effect' outside

# The lines are published as they are.
run caa advise platform.net --issuer letsencrypt.org --issuer other-ca.example --format zone --in-use "$out/in-use"
expect_exit 0
expect_no_error
lab publish platform.net <"$out/stdout"
run caa advise --verify --json '*.customer.platform.net' --issuer letsencrypt.org --issuer other-ca.example
expect_exit 0
expect_json .state published
expect_json .verified.ends_climb true
expect_json .verified.agree true
expect_json '.verified.servers[-1].served' set

# net is down, and checks go on.
fault net --kind drop --qtype CAA
run caa check '*.customer.platform.net'
expect_exit 0
run caa check www.platform.net
expect_exit 0
clear
run caa advise --verify www.platform.net
expect_exit 0
expect_line 'servers of platform.net: 6 of 6 serve it'
expect_line 'it can no longer decide'

# One server that does not have it is found; one that fails leaves the question open.
fault platform.net --servers 2 --kind noerror-empty --qtype CAA
run caa advise --verify www.platform.net --json
expect_exit 2
clear
fault platform.net --servers 2 --kind other-caa --qtype CAA
run caa advise --verify www.platform.net --issuer other-ca.example --json
expect_exit 1
expect_json .verified.agree false
