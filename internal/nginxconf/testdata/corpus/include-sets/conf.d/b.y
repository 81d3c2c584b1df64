log_format f_b_y x;
