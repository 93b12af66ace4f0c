about "One client floods a caad of two workers with broken customer zones while net has a hiccup: another client's names are looked at all the same"

. "$lib/../rescue/lib.sh"

publish_broken 122

forget_queries
run env CAA_BUILD="$CAA_BUILD" /usr/bin/python3 -B "$folder/clients.py"
expect_exit 0
expect_no_error
# Of both workers, libunbound's own included: one asks all of net's servers, others a few.
expect_queries net -lt 4000
