package splitclients

import "testing"

// What nginx's ngx_atofp makes of the text before the percent sign.
func TestParsePercent(t *testing.T) {
	for text, want := range map[string]uint64{
		"0.5%": 50, "10.%": 1000, ".5%": 50, "00.50%": 50, "100.00%": 10000, "0.01%": 1, "2.0%": 200, "7%": 700,
	} {
		if got, ok := parsePercent(text); !ok || got != want {
			t.Errorf("parsePercent(%q) = %d, %v, want %d, true", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"", "%", "-1%", "+1%", "1e2%", " 5%", "5 %", "0.001%", "100.000%", "0.1.2%", "1..%", "0%", "0.00%", ".%", "5", "5%%", "*%", "x%",
	} {
		if got, ok := parsePercent(text); ok {
			t.Errorf("parsePercent(%q) = %d, true, want false", text, got)
		}
	}
}

func TestLargePercentIsRefused(t *testing.T) {
	for _, percent := range []string{"100.01%", "42949672.96%", "42949673%", "99999999999999999999999999%"} {
		if split, err := Parse("split_clients k $v { "+percent+" a; }", RuleNewest); err == nil {
			t.Errorf("percentage %q gave %+v, want an error", percent, split.Table.Parts())
		}
	}
}
