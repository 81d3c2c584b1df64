package report

// table is rows of a name and numbers. All tables of a report are laid out in
// one grid, so that the same kind of number stands in the same place.
type table struct {
	title, caption string
	nameHeader     string
	columns        []column
	rows           []tableRow
	more           string // what was left out, as a sentence
}

// column is one column of numbers.
type column struct {
	group  string // what several columns have in common; written above
	header string
	// rank is how long the column stays as the terminal gets narrower: those
	// of higher rank go first.
	rank int
}

// The ranks, in the order in which columns matter.
const (
	rankCount = iota
	rankErrors
	rankLatency
	rankShare
	rankP90
	rankExtra // what only this table has: clients, connect time
	rankClientErrors
	rankMore // the rest
	ranks
)

// tableRow is a row: a name, and one cell for each column.
type tableRow struct {
	name  string
	cells []span
}

// grid is the layout that tables share.
type grid struct {
	name    int // width of the names
	columns int // columns of a lower rank are shown
	count   int // width of the first column
}

// Bounds for the width of the names: columns are dropped before names get
// narrower than minName, and names do not get wider than maxName.
const (
	minName = 17
	maxName = 60
	gutter  = 2
)

// newGrid returns the widest layout that fits all tables onto the screen.
func newGrid(s *screen, tables []table) grid {
	var g grid
	names := 0
	for _, t := range tables {
		if len(t.rows) == 0 {
			continue // it is not written
		}
		names = max(names, cells(t.nameHeader))
		for _, row := range t.rows {
			names = max(names, cells(s.visible(row.name)))
			g.count = max(g.count, cells(row.cells[0].text))
		}
		g.count = max(g.count, cells(t.columns[0].header))
	}
	names = min(names, maxName)
	for g.columns = ranks; ; g.columns-- {
		room := s.width - margin
		for _, t := range tables {
			if len(t.rows) > 0 {
				room = min(room, s.width-margin-t.numbers(g))
			}
		}
		if room >= min(names, minName) || g.columns == 1 {
			g.name = max(1, min(names, room))
			return g
		}
	}
}

// shown reports whether a column is: it is not where there is no room, nor
// where it has nothing but absent numbers, such as the times of a log without.
func (t *table) shown(g grid, i int) bool {
	if t.columns[i].rank >= g.columns {
		return false
	}
	for _, row := range t.rows {
		if row.cells[i].text != absentName {
			return true
		}
	}
	return false
}

// numbers returns the width of all shown columns, gutters included.
func (t *table) numbers(g grid) (width int) {
	for i := range t.columns {
		if t.shown(g, i) {
			width += gutter + t.width(g, i)
		}
	}
	return width
}

// narrowest is the least width of a column: that of "1.23%".
const narrowest = 5

func (t *table) width(g grid, i int) int {
	if i == 0 {
		return g.count
	}
	width := max(narrowest, cells(t.columns[i].header))
	if t.aloneInGroup(g, i) {
		width = max(width, cells(t.columns[i].group))
	}
	if t.columns[i].rank == rankLatency || t.columns[i].rank == rankP90 {
		width = max(width, 6) // as wide as any latency, so that all tables have the same
	}
	for _, row := range t.rows {
		width = max(width, cells(row.cells[i].text))
	}
	return width
}

// aloneInGroup reports whether no other column of the group is shown.
func (t *table) aloneInGroup(g grid, i int) bool {
	for j, c := range t.columns {
		if j != i && c.group == t.columns[i].group && t.shown(g, j) {
			return false
		}
	}
	return true
}

// write writes the table onto the screen; nothing where it has no rows.
func (t *table) write(s *screen, g grid) {
	if len(t.rows) == 0 {
		return
	}
	s.heading(t.title, t.caption)
	t.writeGroups(s, g)
	header := make([]span, len(t.columns))
	for i, c := range t.columns {
		header[i] = span{c.header, dim}
	}
	t.writeRow(s, g, span{t.nameHeader, dim}, header)
	for _, row := range t.rows {
		t.writeRow(s, g, span{row.name, plain}, row.cells)
	}
	if t.more != "" {
		s.paragraph(t.more, dim)
	}
}

func (t *table) writeRow(s *screen, g grid, name span, row []span) {
	name.text = cutMiddle(s.visible(name.text), g.name, s.ellipsis())
	line := append([]span{{indent, plain}}, left(name, g.name)...)
	for i := range t.columns {
		if t.shown(g, i) {
			line = append(line, span{pad(gutter), plain})
			line = append(line, right(row[i], t.width(g, i))...)
		}
	}
	s.line(line...)
}

// writeGroups writes what neighbouring columns have in common above them.
func (t *table) writeGroups(s *screen, g grid) {
	line := []span{{indent + pad(g.name), plain}}
	found := false
	for i := 0; i < len(t.columns); {
		group, width := t.columns[i].group, 0
		for ; i < len(t.columns) && t.columns[i].group == group; i++ {
			if t.shown(g, i) {
				width += gutter + t.width(g, i)
			}
		}
		if width > 0 {
			found = found || group != ""
			line = append(line, right(span{group, dim}, width)...)
		}
	}
	if found {
		s.line(line...)
	}
}
