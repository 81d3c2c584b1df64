package balance

import "testing"

// TestKetamaPoints: worked out independently of this code, for three servers.
func TestKetamaPoints(t *testing.T) {
	pool, err := New(Config{Policy: "consistent_hash", Servers: []ServerConfig{
		{Address: "10.0.0.1:8080"}, {Address: "10.0.0.2:8080"}, {Address: "10.0.0.3:8080"}}})
	if err != nil {
		t.Fatal(err)
	}
	points := pool.policy.(*consistentHash).points
	if len(points) != 480 {
		t.Fatalf("%d points, want 480", len(points))
	}
	want := map[int]point{0: {17423363, 2}, 1: {18170467, 0}, 2: {22601812, 2}, 479: {4286046416, 2}}
	for i, p := range want {
		if points[i] != p {
			t.Errorf("point %d is %+v, want %+v", i, points[i], p)
		}
	}
}

func TestHostAndPort(t *testing.T) {
	for address, want := range map[string][2]string{
		"10.0.0.1:8080": {"10.0.0.1", "8080"}, "example.com": {"example.com", ""}, "[::1]:80": {"[::1]", "80"},
		"unix:/run/a.sock": {"/run/a.sock", ""}, "UNIX:/run/a:1": {"/run/a:1", ""}, "host:": {"host", ""}, "12345": {"12345", ""},
		"host:8o": {"host:8o", ""}, ":80": {"", "80"},
	} {
		if host, port := hostAndPort(address); [2]string{host, port} != want {
			t.Errorf("%q: %q and %q, want %q", address, host, port, want)
		}
	}
}
