//! What can stand after `-s`, and what becomes of it: the table `spelling.txt`. That its columns about emcc are true is another
//! test's business, which has emcc.

use direct_sockets_settings::{Setting, Settings};

#[test]
fn it_is_read_as_the_table_says() {
    let table = include_str!("spelling.txt");
    let mut seen = 0;
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<_> = line.split(" | ").collect();
        let (typed, said) = (columns[0], columns[columns.len() - 1]);
        let got = match Settings::parse([typed]) {
            Ok(settings) => {
                let name = typed.split('=').next().unwrap_or_default();
                let name = Setting::find(name).map_or_else(|| name.trim_start_matches("NO_"), |setting| setting.name);
                settings.get(name).expect("a setting").to_string()
            }
            Err(_) => "refused".to_owned(),
        };
        assert_eq!(got, said, "{typed}");
        seen += 1;
    }
    assert!(seen > 60);
}
