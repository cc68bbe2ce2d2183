"""What alert rules would have done on the recorded series: pure functions of the evidence."""
