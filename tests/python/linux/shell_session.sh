# SPDX-License-Identifier: GPL-2.0-only
# A long session at Debian's busybox shell. Everything is relative to the directory where it starts; each line that begins
# with "say" numbers a step, so that a difference is found.
n=0
say() { n=$((n + 1)); echo "== $n: $*"; }

say files and directories
mkdir -p work/in work/out && cd work && ls -1p
printf '%s\n' pear apple fig banana apple cherry > in/fruit
cp in/fruit in/copy && mv in/copy in/moved && ln in/moved in/hard && ln -s fruit in/soft
ls -1 in; readlink in/soft; stat -c '%n %F %h %s %a' in/fruit in/hard in/soft
chmod 640 in/fruit; stat -c %a in/fruit; touch -d '2001-02-03 04:05:06' in/fruit; stat -c %Y in/fruit
rm in/hard; test -e in/hard || echo gone; rmdir in 2>/dev/null || echo "not empty"
du -s in > /dev/null && echo du; basename $PWD; dirname a/b/c; mktemp -u xXXXXXX | wc -c

say pipelines
cat in/fruit | sort | uniq -c | sort -rn | head -n 2
seq 1 100 | grep 7 | wc -l; seq 1 20 | paste - - - - ; seq 5 | tac | tr '\n' ' '; echo
yes abc | head -n 1000 | sha256sum; head -c 65536 /dev/zero | tr '\0' x | md5sum
seq 1 5000 | sed -n '500p;1000p;5000p' | tail -n 3; seq 10 | shuf | sort -n | head -n 1
(echo one; echo two >&2) 2>&1 | sort; { echo a; echo b; } | while read x; do echo "<$x>"; done
false | true; echo $?; set -o pipefail; false | true; echo $?; set +o pipefail

say here-documents
name=world
cat <<END
hello $name, $((6 * 7)), $(echo nested)
END
cat <<'END' | tr a-z A-Z
no $expansion here
END
cat <<-END
	tabs go
	END
cat > out/script <<'END'
echo "script $0 got $# arguments: $*"
exit 3
END
sh out/script a 'b c' d; echo $?

say background jobs
sleep 0.2 & first=$!
(sleep 0.1; echo from the background > out/background) & second=$!
wait $second; echo "second $?"; wait $first; echo "first $?"; cat out/background
sleep 100 & kill $!; wait $!; echo "killed $?"
(exit 7) & wait $!; echo "left $?"
for i in 3 1 2; do (sleep 0.$i; echo "job $i") & done; wait

say traps
trap 'echo got USR1' USR1; kill -USR1 $$; echo after
(trap 'echo leaving; exit 4' EXIT; echo inside); echo "subshell $?"
(trap '' TERM; kill -TERM $(sh -c 'echo $PPID'); echo survived)
trap - USR1; sh -c 'kill -HUP $$'; echo "hung up $?"

say awk
awk '{ count[$1]++ } END { for (w in count) print w, count[w] }' in/fruit | sort
awk -F: -v OFS=, '{ print $2, $1 }' <<END
a:1
b:2
END
awk 'BEGIN { printf "%.4f %d %s\n", 22 / 7, 2 * 1024, toupper("awk") }'
awk 'BEGIN { while ((getline line < "in/fruit") > 0) bytes += length(line); print bytes }'
seq 1 10 | awk 'NR % 2 { print $0 * $0 }' | tr '\n' ' '; echo
awk '{ print length($0) > "out/lengths" }' in/fruit; cat out/lengths | tr '\n' ' '; echo

say sed
sed -e 's/a/A/g' -e '2d' in/fruit; sed -n '/apple/,/banana/p' in/fruit
sed -i 's/fig/FIG/' in/fruit && grep -n FIG in/fruit
sed '$!N;s/\n/+/' in/fruit; echo 'key=value' | sed -E 's/([a-z]+)=([a-z]+)/\2=\1/'

say sort, cut and friends
sort -r in/fruit | head -n 1; sort -u in/fruit | wc -l; printf '3 c\n10 a\n2 b\n' | sort -k1,1n
cut -d, -f2 <<END
a,b,c
d,e,f
END
printf 'a b\nc d\n' | cut -c3; echo abc | rev; printf 'x\ty\n' | expand -t 4; seq 3 | nl -ba
tr -d aeiou < in/fruit | tr -s p | head -n 3; fold -w 5 <<END
the quick brown fox
END
comm=$(printf 'a\nb\n' | xargs -n1 echo item); echo "$comm"; od -c in/fruit | head -n 2
diff in/fruit in/moved; echo "differ $?"; cmp in/fruit in/moved; split_at=3; head -n $split_at in/fruit | wc -l
expr 17 % 5; factor 360; echo 'a-b' | tr - _; uuencode x < in/moved | uudecode -o out/uu; cmp in/moved out/uu && echo same

say tar and gzip
tar cf out/all.tar in && tar tf out/all.tar | sort
mkdir out/x && tar xf out/all.tar -C out/x && diff -r in out/x/in && echo unpacked; rm out/all.tar
seq 1 20000 > out/numbers; gzip -c out/numbers > out/numbers.gz; ls -1 out/numbers.gz
gunzip -c out/numbers.gz | cmp - out/numbers && echo whole; zcat out/numbers.gz | tail -n 1
gzip out/uu && ls -1 out/uu.gz && gunzip out/uu.gz && ls -1 out/uu; rm out/numbers.gz
tar c in | gzip | gunzip | tar t | wc -l; echo text | bzip2 2>/dev/null | wc -c; find in | cpio -o -H newc 2>/dev/null | cpio -t 2>/dev/null | sort

say bc and dc
echo '2^100; scale=10; 355/113; sqrt(2)' | bc
bc <<END
define f(n) { if (n < 2) return 1; return n * f(n - 1); }
f(30)
ibase=16; FF
END
echo '6 7 * p' | dc

say vi and ed
vi -c ':%s/apple/APPLE/g' -c ':2d' -c ':wq' in/moved < /dev/null > /dev/null 2>&1; cat in/moved
printf '%s\n' '1i' 'first line' . '$a' 'last line' . ,p w q | ed in/moved

say find
find . -type f | sort; find . -name '*.gz' -o -name 's*' | sort; find in -type l -exec readlink {} \;
find . -type f -size -1 | wc -l; find . -type f -exec grep -l apple {} + | sort; find . -name lengths -exec rm {} \;; ls out | wc -l

say shell arithmetic, loops and functions
i=0; while [ $i -lt 5 ]; do i=$((i + 1)); [ $i = 3 ] && continue; printf '%d ' $i; done; echo
for f in in/*; do case $f in */fruit) echo "a fruit: $f";; *) echo "else: $f";; esac; done
fib() { [ $1 -lt 2 ] && echo $1 || echo $(($(fib $(($1 - 1))) + $(fib $(($1 - 2))))); }; fib 10
x=abcdef; echo ${x#abc} ${x%def} ${#x} ${y:-default} ${x:2:2}; unset y; (: ${y:?is not set}) 2>/dev/null || echo "status $?"
set -- one 'two three' four; echo $# "$2"; shift; echo "$@"; IFS=,; set -- a,b,c; echo $1; unset IFS
echo $((0x1f + 010 * 2)) $((7 / 2)) $((-7 % 3)) $((1 << 20)) $((5 > 3 && 2 > 1))
read a b c <<END
1 2 3 4
END
echo "$c"; eval 'z=$a$b'; echo $z; (umask 027; touch out/masked; stat -c %a out/masked); type cd | head -n 1
getopts ab:c opt -b value && echo "$opt $OPTARG"; test -f in/fruit -a -d out && echo both; command -v awk > /dev/null; echo $?

say descriptors
exec 3> out/third; echo written >&3; exec 3>&-; cat out/third; exec 4< in/fruit; read line <&4; echo $line; exec 4<&-
echo lost > /dev/null; ls none 2> out/error || echo "failed $?"; wc -l < out/error; : > out/empty; wc -c < out/empty
mkfifo out/pipe; (echo through the pipe > out/pipe) & read line < out/pipe; echo $line; wait; rm out/pipe
dd if=in/fruit of=out/part bs=4 count=2 skip=1 2>/dev/null; cat out/part; echo; tee out/tee < in/fruit | wc -l; timeout 0.1 sleep 5; echo $?

say checksums
md5sum in/fruit | cut -d' ' -f1; sha1sum < in/fruit; crc32 in/fruit; base64 in/fruit; xxd in/fruit | head -n 2
echo hello | sha512sum | cut -c1-16; hexdump -C in/fruit | tail -n 1

say the end
cd ..; find work | sort | tail -n 4; echo "steps: $n"; exit 5
