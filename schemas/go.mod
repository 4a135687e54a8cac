module github.com/lodeworks/lode/schemas

go 1.26.5
