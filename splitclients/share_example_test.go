package splitclients_test

import (
	"fmt"

	"github.com/splitgauge/splitgauge/splitclients"
)

func ExampleTable_Shares() {
	split, err := splitclients.Parse(`split_clients $remote_addr $variant { 50% a; 50% b; }`, splitclients.RuleBefore1312)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, share := range split.Table.Shares() {
		fmt.Printf("%q %d.%02d %%, exactly %d of %d\n",
			share.Value, share.Percent/100, share.Percent%100, share.Hashes, uint64(splitclients.HashSpace))
	}
	// Output:
	// "a" 50.00 %, exactly 2147483647 of 4294967296
	// "b" 50.00 %, exactly 2147483647 of 4294967296
	// "" 0.00 %, exactly 2 of 4294967296
}

// Twice as much for .one shifts the boundary of .two as well.
func ExampleTable_Diff() {
	before, err := splitclients.Parse(`split_clients $remote_addr $variant { 1% .one; 2% .two; * ""; }`, splitclients.RuleNewest)
	if err != nil {
		fmt.Println(err)
		return
	}
	after, err := splitclients.Parse(`split_clients $remote_addr $variant { 2% .one; 2% .two; * ""; }`, splitclients.RuleNewest)
	if err != nil {
		fmt.Println(err)
		return
	}
	difference := before.Table.Diff(&after.Table)
	for _, move := range difference.Moves {
		fmt.Printf("%q to %q: %d\n", move.From, move.To, move.Hashes)
	}
	fmt.Println(difference.Moved, "of which the shares need", difference.Needed)
	// Output:
	// "" to ".two": 42949673
	// ".two" to ".one": 42949673
	// 85899346 of which the shares need 42949673
}

func ExampleTemplate_Equal() {
	plain, _ := splitclients.ParseTemplate("$remote_addr")
	braced, _ := splitclients.ParseTemplate("${remote_addr}")
	salted, _ := splitclients.ParseTemplate("${remote_addr}AAA")
	fmt.Println(plain.Equal(&braced), plain.Equal(&salted))
	// Output:
	// true false
}

func ExampleHash() {
	fmt.Println(splitclients.Hash([]byte("10.0.0.1AAA")))
	// Output:
	// 326221919
}

func ExampleNew() {
	split, err := splitclients.New(splitclients.Definition{
		Key:      "${cookie_uid}",
		Variable: "$variant",
		Parts:    []splitclients.DefinitionPart{{Percent: "10%", Value: "new"}, {Percent: "*", Value: "old"}},
	}, splitclients.RuleNewest)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(split.Table.Values(), split.Table.Variant([]byte("user-42")))
	// Output:
	// [new old] old
}

// The same shares as a plain edit of ".one", with half of the moves.
func ExampleTable_Rearrange() {
	before, err := splitclients.Parse(`split_clients $remote_addr $variant { 1% .one; 2% .two; * ""; }`, splitclients.RuleNewest)
	if err != nil {
		fmt.Println(err)
		return
	}
	after, err := splitclients.Parse(`split_clients $remote_addr $variant { 2% .one; 2% .two; * ""; }`, splitclients.RuleNewest)
	if err != nil {
		fmt.Println(err)
		return
	}
	definition := splitclients.Definition{Key: "$remote_addr", Variable: "$variant", Parts: before.Table.Rearrange(&after.Table)}
	fmt.Println(definition.String())
	// Output:
	// split_clients $remote_addr $variant {
	//     1.00%  .one;
	//     2.00%  .two;
	//     1.00%  .one;
	//     *      "";
	// }
}
