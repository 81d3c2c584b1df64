package nginxconf_test

import (
	"fmt"
	"strings"

	"github.com/splitgauge/splitgauge/internal/nginxconf"
	"github.com/splitgauge/splitgauge/splitclients"
)

const output = `# configuration file /etc/nginx/nginx.conf:
events { }
http {
    log_format main '$remote_addr [$time_local] '
                    '"$request" $status $variant';
    split_clients "${remote_addr}AAA" $variant {
        0.5%  .one;
        *     "";
    }
    access_log logs/access.log main;
    server {
        server_name example.org;
        location /health { access_log off; }
    }
}
`

func ExampleParseDump() {
	config, err := nginxconf.ParseDump(strings.NewReader(output), nginxconf.Options{Prefix: "/usr/share/nginx"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, log := range config.AccessLogs {
		fmt.Println(log.Position, log.File)
		fmt.Println(log.Format.Position, log.Format.Text)
	}
	for _, scope := range config.Scopes {
		fmt.Println(scope, len(scope.Logs))
	}
	for _, block := range config.SplitClients {
		split, err := splitclients.New(block.Definition, splitclients.RuleNewest)
		fmt.Println(block.Position, split.Variable, err)
	}
	// Output:
	// /etc/nginx/nginx.conf:9:5 /usr/share/nginx/logs/access.log
	// /etc/nginx/nginx.conf:3:5 $remote_addr [$time_local] "$request" $status $variant
	// http 1
	// http > server example.org 1
	// http > server example.org > location /health 0
	// /etc/nginx/nginx.conf:5:5 variant <nil>
}

func ExampleError() {
	text := strings.Replace(output, "access.log main", "access.log mian", 1)
	_, err := nginxconf.ParseDump(strings.NewReader(text), nginxconf.Options{})
	fmt.Println(err)
	// Output:
	// cannot read nginx configuration at /etc/nginx/nginx.conf:9:32: in `access_log logs/access.log mian`: log format "mian" is not known, want a log_format before this line, or one of "combined", "main"
}
