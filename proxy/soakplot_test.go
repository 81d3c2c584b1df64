package proxy_test

import (
	"bytes"
	"fmt"
)

// soakPlot draws what a proxy held during a soak: a panel for each quantity, by
// the second, as SVG.
func soakPlot(title string, samples []childState) []byte {
	const width, height, left, top = 800, 120, 70, 40
	panels := []struct {
		name  string
		value func(childState) float64
	}{
		{"resident memory, MiB", func(s childState) float64 { return float64(s.Resident) / (1 << 20) }},
		{"goroutines", func(s childState) float64 { return float64(s.Goroutines) }},
		{"descriptors", func(s childState) float64 { return float64(s.Descriptors) }},
		{"open connections", func(s childState) float64 { return float64(s.Open) }},
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n",
		left+width+20, top+len(panels)*(height+40))
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="white"/><text x="%d" y="20" font-size="14">%s</text>`+"\n", left, title)
	for i, panel := range panels {
		most := 1.0
		for _, s := range samples {
			most = max(most, panel.value(s))
		}
		most *= 1.1
		y := top + i*(height+40)
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d" fill="none" stroke="#bbb"/>`, left, y, width, height)
		fmt.Fprintf(&b, `<text x="%d" y="%d">%s</text>`, left+6, y+15, panel.name)
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%.0f</text><text x="%d" y="%d" text-anchor="end">0</text>`, left-6, y+10, most, left-6, y+height)
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%d s</text>`+"\n", left+width, y+height+15, len(samples))
		b.WriteString(`<polyline fill="none" stroke="#06c" points="`)
		for n, s := range samples {
			fmt.Fprintf(&b, "%.1f,%.1f ", left+float64(n)*width/float64(max(1, len(samples)-1)), float64(y+height)-panel.value(s)/most*height)
		}
		b.WriteString(`"/>` + "\n")
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}
