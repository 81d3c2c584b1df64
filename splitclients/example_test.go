package splitclients_test

import (
	"fmt"

	"github.com/splitgauge/splitgauge/splitclients"
)

func ExampleParse() {
	split, err := splitclients.Parse(`split_clients "${remote_addr}AAA" $variant {
	    0.5%  .one;
	    2.0%  .two;
	    *     "";
	}`, splitclients.RuleNewest)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(split.Variable, split.Key.Variables())
	for _, part := range split.Table.Parts() {
		fmt.Printf("%q %d.%02d %%\n", part.Value, part.Percent/100, part.Percent%100)
	}
	// Output:
	// variant [remote_addr]
	// ".one" 0.50 %
	// ".two" 2.00 %
	// "" 97.50 %
}

func ExampleTable_Variant() {
	split, err := splitclients.Parse(`split_clients "${remote_addr}AAA" $variant { 0.5% .one; 2.0% .two; * ""; }`, splitclients.RuleNewest)
	if err != nil {
		fmt.Println(err)
		return
	}
	var key []byte
	for _, address := range []string{"10.0.1.250", "10.0.0.157", "10.0.0.1"} {
		key = split.Key.Append(key[:0], func(int) []byte { return []byte(address) })
		fmt.Printf("%s %q\n", address, split.Table.Variant(key))
	}
	// Output:
	// 10.0.1.250 ".one"
	// 10.0.0.157 ".two"
	// 10.0.0.1 ""
}

func ExampleRuleFor() {
	rule, err := splitclients.RuleFor("1.22.1")
	fmt.Println(rule, err)
	_, err = splitclients.RuleFor("1.22")
	fmt.Println(err)
	// Output:
	// nginx before 1.31.2 <nil>
	// cannot read nginx version "1.22": want three numbers, for example "1.22.1"
}

func ExampleParse_error() {
	_, err := splitclients.Parse(`split_clients $remote_addr $variant { 60% a; 41% b; }`, splitclients.RuleNewest)
	fmt.Println(err)
	// Output:
	// cannot read split_clients block at 1:46: "41%" brings the total to more than 100 %, and "*" counts as all that is left
}
