package splitclients

import (
	"fmt"
	"strconv"
	"strings"
)

// Rule is what nginx does at the upper end of the hash range, which changed
// in 1.31.2. It matters to fewer than one key in 300 million per part.
type Rule uint8

const (
	// RuleFrom1312 is nginx 1.31.2 and later: the part that brings the total
	// to exactly 100 % also takes every hash that rounding left over.
	RuleFrom1312 Rule = iota

	// RuleBefore1312 is nginx up to 1.31.1, all of 1.28 and 1.30 included:
	// hashes that rounding left over belong to no part and give "".
	RuleBefore1312

	// RuleNewest is the rule of the newest nginx; it is the zero Rule.
	RuleNewest = RuleFrom1312
)

// String says in words which versions of nginx follow the rule.
func (r Rule) String() string {
	if r == RuleBefore1312 {
		return "nginx before 1.31.2"
	}
	return "nginx 1.31.2 and later"
}

// RuleFor returns the rule that an nginx version follows. The version is what
// nginx -v prints after "nginx/": three numbers, as in "1.22.1". A fourth, which
// OpenResty adds, is checked and otherwise ignored.
func RuleFor(version string) (Rule, error) {
	fields := strings.Split(version, ".")
	var numbers [4]uint64
	valid := len(fields) == 3 || len(fields) == 4
	for i := 0; valid && i < len(fields); i++ {
		number, err := strconv.ParseUint(fields[i], 10, 16) // refuses signs and blanks
		valid = err == nil
		numbers[i] = number
	}
	if !valid {
		return RuleNewest, fmt.Errorf("cannot read nginx version %q: want three numbers, for example %q", version, "1.22.1")
	}
	for i, boundary := range [...]uint64{1, 31, 2} {
		if numbers[i] != boundary {
			if numbers[i] < boundary {
				return RuleBefore1312, nil
			}
			return RuleFrom1312, nil
		}
	}
	return RuleFrom1312, nil
}
