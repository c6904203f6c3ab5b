/// Names that a file, a run or an instrument may have, and that must not reach a reader as more than a name.
enum HostileNames {
    static let all = [
        "</script><script>alert(1)</script>", "\" onload=\"x", "a\nb", "a\u{1B}[2Jb", "a|b", "\u{202E}gpj.exe",
        "a\u{200F}b", "[x](http://example.com)", "`code`", "*b*", "a\u{0}b", "a\u{7}b", "a\u{9B}31mb", "a\rb",
        "\u{FEFF}a",
        "<!--", "'", "a\\",
    ]
    /// What is written out as `\u{…}` in every place.
    static let moving: [Unicode.Scalar] = [
        "\u{0}", "\u{7}", "\u{B}", "\r", "\u{1B}", "\u{7F}", "\u{85}", "\u{9B}", "\u{AD}", "\u{200B}", "\u{200E}",
        "\u{200F}", "\u{2028}", "\u{2029}", "\u{202A}", "\u{202E}", "\u{2066}", "\u{2069}", "\u{FEFF}", "\u{FFFE}",
    ]
}
