package aggregator

// statuses numbers the distinct statuses in the order they come, up to
// MaxStatuses, by direct lookup.
type statuses struct {
	numbers [OtherStatus + 1]uint8 // number+1 by status+1; 0 is unknown
	list    []int
}

// number returns the number of a status (0 to 999 or parser.Absent), or
// MaxStatuses where it is new and the table full.
func (s *statuses) number(status int) int {
	if known := s.numbers[status+1]; known != 0 {
		return int(known) - 1
	}
	if len(s.list) == MaxStatuses {
		return MaxStatuses
	}
	s.list = append(s.list, status)
	s.numbers[status+1] = uint8(len(s.list))
	return len(s.list) - 1
}

// status returns the status of number.
func (s *statuses) status(number int) int {
	if number >= MaxStatuses {
		return OtherStatus
	}
	return s.list[number]
}
