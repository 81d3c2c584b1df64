package splitclients

import "testing"

func TestRuleFor(t *testing.T) {
	for version, want := range map[string]Rule{
		"1.22.1": RuleBefore1312, "1.28.3": RuleBefore1312, "1.30.9": RuleBefore1312, "1.31.1": RuleBefore1312, "0.9.0": RuleBefore1312,
		"1.31.2": RuleFrom1312, "1.31.10": RuleFrom1312, "1.32.0": RuleFrom1312, "2.0.0": RuleFrom1312,
		"1.25.3.1": RuleBefore1312,
	} {
		if got, err := RuleFor(version); err != nil || got != want {
			t.Errorf("RuleFor(%q) = %v, %v, want %v", version, got, err, want)
		}
	}
	for _, version := range []string{"", "1", "1.31", "1.31.x", "v1.31.2", "nginx/1.31.2", "1.31.2 ", "1.-1.0", "1.2.3.4.5", "99999999.0.0"} {
		if got, err := RuleFor(version); err == nil {
			t.Errorf("RuleFor(%q) = %v, want an error", version, got)
		}
	}
	var zero Rule
	if zero != RuleNewest {
		t.Error("the zero Rule is not the newest one")
	}
}
