module gosly

go 1.24
