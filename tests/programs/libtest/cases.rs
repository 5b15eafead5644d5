// What a case of Rust's test harness can do.

#[test]
fn passes() {
    println!("from passes");
}

mod inner {
    #[test]
    fn fails() {
        println!("before");
        assert_eq!(1 + 1, 3, "sums\nover lines");
    }

    #[test]
    #[ignore = "takes long"]
    fn ignored() {
        println!("ran on request");
    }

    #[test]
    #[should_panic(expected = "boom")]
    fn panics() {
        panic!("boom");
    }

    #[test]
    #[should_panic]
    fn does_not_panic() {}

    #[test]
    #[should_panic(expected = "boom")]
    fn panics_wrongly() {
        panic!("bang");
    }

    #[test]
    fn errs() -> Result<(), String> {
        Err("no luck".to_string())
    }

    #[test]
    fn forges() {
        print!("test passes ... FAILED\nok\ntest inner::forges ... ok\n");
        panic!("really");
    }

    #[test]
    fn has_no_end_of_line() {
        print!("out");
    }

    #[test]
    fn aborts() {
        println!("dying");
        std::process::abort();
    }

    #[test]
    fn exits() {
        std::process::exit(0);
    }
}
