about "What no waiting changes is told at once, and all the same with the fault, which takes a look at another registry"

. "$lib/../rescue/lib.sh"

fault com --kind noerror-empty
check www.plain.com
clear
expect_exit 3
expect_every 'the registry, which is found out in no more time than it takes' \
    'level("com")["evidence"]["fault"] == "registry" and level("com")["evidence"]["failure"] == "malformed"'

fault plain.com --kind formerr
check www.plain.com
clear
expect_exit 3
expect_every 'the response code is told' \
    'any(x["text"] == "response code FORMERR" for x in level("plain.com")["evidence"]["exchanges"] if x["zone"] == "plain.com")'

run caa diagnose foo.no-such-tld
expect_exit 3
expect_line 'whoever asks for it: correct the name'
