package nginxconf

import (
	"strings"
	"testing"
)

func TestReadBuild(t *testing.T) {
	tests := []struct {
		output string
		want   Build
	}{
		{
			"nginx version: nginx/1.22.1\nbuilt with OpenSSL 3.0.22\nconfigure arguments: --with-cc-opt='-g -O2 --prefix=/no -fPIC' --prefix=/usr/share/nginx " +
				"--conf-path=/etc/nginx/nginx.conf --http-log-path=/var/log/nginx/access.log --error-log-path=stderr\n",
			Build{"1.22.1", "/usr/share/nginx", "/etc/nginx/nginx.conf", "/var/log/nginx/access.log"},
		},
		{"nginx version: nginx/1.31.2\n", Build{"1.31.2", "/usr/local/nginx", "/usr/local/nginx/conf/nginx.conf", "/usr/local/nginx/logs/access.log"}},
		{
			"nginx version: openresty/1.21.4.1 (custom)\nconfigure arguments: '--prefix=/opt/a b' --http-log-path=log/http",
			Build{"1.21.4.1", "/opt/a b", "/opt/a b/conf/nginx.conf", "/opt/a b/log/http"},
		},
	}
	for _, test := range tests {
		got, err := ReadBuild(test.output)
		if err != nil || got != test.want {
			t.Errorf("%q: %+v, %v; want %+v", test.output, got, err, test.want)
		}
	}
	_, err := ReadBuild("bash: nginx: command not found\n")
	if err == nil || !strings.Contains(err.Error(), `"bash: nginx: command not found"`) {
		t.Errorf("error %v does not quote what was read", err)
	}
}
