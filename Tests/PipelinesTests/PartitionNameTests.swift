import Pipelines
import Testing

/// Symbols have dots too.
@Suite struct PartitionNameTests {
    @Test(
        "a stem is the name without its known endings, and never a part of a ticker",
        arguments: [
            ("raw/BRK.B.csv", "BRK.B"), ("0700.HK.csv", "0700.HK"), ("ES.H24.csv", "ES.H24"),
            ("2024-1.AAPL.csv.gz", "2024-1.AAPL"), ("EURUSD.2024.csv", "EURUSD.2024"), ("ABI.BR.csv", "ABI.BR"),
            ("ABI.BR", "ABI.BR"), ("a.tar.gz", "a"), ("x.PARQUET", "x"), (".csv", ".csv"), ("plain", "plain"),
            ("2024-01-02_AAPL.csv.zst", "2024-01-02_AAPL"), ("it's b.csv", "it's b"), ("a.txt.csv", "a.txt"),
        ])
    func stems(_ path: String, _ stem: String) { #expect(PartitionSpec.stem(path) == stem) }
}
