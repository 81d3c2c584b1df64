package advise

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/splitgauge/splitgauge/proxy/balance"
)

// NginxUpstream writes a pool as an upstream block of nginx with the advised
// weights, for somebody to look at and to put in place: nginx takes new weights
// only with a reload. Weights are hundredths of the configured ones, without
// their common divisor. The balancing is by connections in flight (random two
// least_conn), which weights only scale: nginx's own loop. It returns w's error,
// or one about a name that cannot be written down.
func NginxUpstream(w io.Writer, pool *Pool, advice *Advice) error {
	name, err := word(pool.Name)
	if err != nil {
		return fmt.Errorf("cannot write the pool %q for nginx: %w", pool.Name, err)
	}
	servers := pool.Stats.Servers
	weights, divisor := make([]int, len(servers)), 0
	for i := range servers {
		weights[i] = servers[i].Weight * percent(advice.Share(servers[i].Server.Name()))
		divisor = commonDivisor(divisor, weights[i])
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Advised weights. Of all weight a fifth is taken away at the most.\nupstream %s {\n    random two least_conn;\n", name)
	for i := range servers {
		s := &servers[i]
		address, err := word(s.Server.Address())
		if err != nil {
			return fmt.Errorf("cannot write the address %q of the server %q for nginx: %w", s.Server.Address(), s.Server.Name(), err)
		}
		if weights[i] == 0 || s.State != balance.Ready {
			fmt.Fprintf(&b, "    server %s down;\n", address)
			continue
		}
		fmt.Fprintf(&b, "    server %s weight=%d;\n", address, weights[i]/divisor)
	}
	b.WriteString("}\n")
	_, err = w.Write(b.Bytes())
	return err
}

// word returns text as one word of nginx's configuration.
func word(text string) (string, error) {
	plain := text != ""
	for _, r := range text {
		switch {
		case r < ' ' || r == 0x7f || r == utf8.RuneError:
			return "", errors.New("it has control characters, or is no UTF-8")
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("._-:[]/", r):
		default:
			plain = false
		}
	}
	if plain {
		return text, nil
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`, nil
}

// commonDivisor returns the greatest one; that of 0 and another is the other.
func commonDivisor(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
