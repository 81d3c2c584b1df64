package loggen

// The lists below are what the other variables are set to, the more frequent
// values first. "" stands for a variable that is not set.

var userAgents = [...]string{
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
	"Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
	"curl/8.5.0",
	"Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
	"",
	"Go-http-client/2.0",
	`Mozilla/4.0 (compatible; "quoted"; C:\bot\agent.exe)`,
	"Wächter/1.0 (プローブ)",
	"python-requests/2.32.3",
	"agent\twith\x01controls\x7f",
	`\`,
}

var referers = [...]string{
	"",
	"https://www.example.org/",
	"https://www.google.com/",
	"https://shop.example.org/catalog/garden/index.html?from=mail&x=1",
	`https://example.net/?q="two words"`,
	"https://example.net/größe",
}

var users = [...]string{"", "alice", "bob@example.org", "anna maria", "ops [eu]", `eve"quote`}

// userWeights make most clients unknown by name, and odd names rare.
var userWeights = [...]uint64{4000, 120, 60, 8, 4, 4}

var hosts = [...]string{"www.example.org", "api.example.org", "static.example.org", "shop.example.org", "xn--bcher-kva.example"}

var protocols = [...]string{"HTTP/1.1", "HTTP/2.0", "HTTP/1.0", "HTTP/3.0"}

// requestMethod is a method as sent, and the name it is reported under.
type requestMethod struct{ text, name string }

var methods = [...]requestMethod{
	{"GET", "GET"}, {"HEAD", "HEAD"}, {"POST", "POST"}, {"PUT", "PUT"}, {"DELETE", "DELETE"}, {"PATCH", "PATCH"},
	{"OPTIONS", "OPTIONS"}, {"TRACE", "TRACE"}, {"PROPFIND", "other"}, {"PURGE", "other"}, {"M-SEARCH", "other"},
}

const getMethod, headMethod = 0, 1

// Weights by index into methods.
var (
	readingMethods   = [...]uint64{9000, 400, 60, 0, 0, 0, 60, 3, 10, 10, 3}
	modifyingMethods = [...]uint64{1500, 40, 5000, 1200, 500, 900, 300, 3, 60, 60, 3}
)

var cacheStatuses = [...]string{"", "HIT", "MISS", "EXPIRED", "BYPASS", "STALE", "REVALIDATED", "UPDATING"}

const cacheHit = 1

// servers are the addresses in the upstream groups.
var servers = [...]string{
	"10.0.0.1:8080", "10.0.0.2:8080", "10.0.0.3:8080", "10.0.0.4:8080", "[2001:db8::1]:8080", "[2001:db8::2]:8080",
	"unix:/run/app.sock", "app-7.internal:9000",
}

// groupName is logged where none of a group's servers could be picked.
const groupName = "backend"

// odd is a request line that is logged though nothing was asked for properly.
// Each is answered with 400, or as stated.
type oddRequest struct {
	line         string
	method, path string // as reported
}

var oddRequests = [...]oddRequest{
	{"", "-", "-"},
	{"SSH-2.0-OpenSSH_9.6", "-", "-"},
	{"get /index.html HTTP/1.1", "-", "-"},
	{"\x03\x00\x00/*\xe0\x00\x00\x00\x00\x00Cookie: mstshash=Administr", "-", "-"},
	{"GET", "-", "-"},
	{"PRI * HTTP/2.0", "other", "*"},
	{"OPTIONS * HTTP/1.1", "OPTIONS", "*"},
	{"CONNECT db.example.net:443 HTTP/1.1", "CONNECT", "db.example.net:443"},
	{tlsHello, "-", "-"}, // and random bytes
}

// tlsHello is how a TLS handshake starts that meets a port without TLS.
const tlsHello = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"

// code is a status and how often it occurs.
type code struct {
	status int
	weight uint64
}

// Statuses of what nginx answers itself, and of what upstreams answer.
var (
	staticCodes = [...]code{{200, 7000}, {304, 1800}, {404, 500}, {206, 200}, {301, 200}, {403, 60}, {416, 5}, {405, 10}, {0, 6}}
	servedCodes = [...]code{
		{200, 8000}, {201, 250}, {204, 200}, {301, 60}, {302, 300}, {304, 300}, {400, 60}, {401, 100}, {403, 50}, {404, 400}, {409, 20},
		{422, 30}, {429, 40}, {500, 90}, {503, 30},
	}
)

func weights(codes []code) []uint64 {
	list := make([]uint64, len(codes))
	for i, c := range codes {
		list[i] = c.weight
	}
	return list
}
