// Package nginxconf reads nginx's own configuration: which access logs there
// are and in which formats, which split_clients, upstreams and maps.
//
// In comes the path of nginx.conf ([Parse]) or the output of nginx -T
// ([ParseDump]). Out comes a [Config]: the files that were read, every
// directive as a tree, and what this program needs of them as plain data, each
// with file, line and column.
//
//	config, err := nginxconf.Parse("/etc/nginx/nginx.conf", nginxconf.Options{})
//	for _, log := range config.AccessLogs {
//		fmt.Println(log.Position, log.File, log.Format.Text)
//	}
//
// What nginx refuses for its structure (quotes, braces, semicolons, words that
// do not fit its buffer, files that are missing) is refused here. A directive
// that this package does not know is kept and never an error, and a block that
// it does not know is not looked into. The directives that it extracts are
// held to nginx's own rules: their place, the number and form of their
// arguments, names that are unknown or used twice. It takes more than one
// build of nginx does (parameters of later versions and of NGINX Plus), and
// less in few places: blocks deeper than 1000, includes deeper than 100, more
// than 100 000 inclusions or 64 MiB of text, and the oversights that
// splitclients refuses.
//
// What it does not check: whether variables exist, whether hosts resolve,
// whether log files can be opened.
//
// Whatever is returned is the caller's; nothing is kept, and no goroutine is
// left behind. Distinct calls may run at the same time.
package nginxconf
