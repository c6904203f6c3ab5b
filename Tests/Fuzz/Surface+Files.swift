import Basics
import DataQuality
import DataVersioning
import Deployment
import Foundation
import MarketData
import Pipelines
import Tables
import Workflows

extension Surface {
    private static let bars =
        "timestamp,open,high,low,close,volume\n"
        + (0..<12).map {
            "2025-05-12 \(padded(9 + $0 / 6, 2)):\(padded($0 % 6 * 10, 2)):00,100.\($0),101,99.5,100.2,\(1000 + $0)\n"
        }
        .joined()

    private static let yahoo = #"""
        {"chart": {"result": [{"meta": {"currency": "USD", "symbol": "A", "exchangeTimezoneName": "America/New_York",
        "dataGranularity": "5m", "priceHint": 2}, "timestamp": [1747056600, 1747056900],
        "events": {"dividends": {"1": {"amount": 0.5, "date": 1747056600}},
        "splits": {"2": {"date": 1747056600, "numerator": 2, "denominator": 1}}},
        "indicators": {"quote": [{"open": [1.5, 2], "high": [2, 2.5], "low": [1, 1.5], "close": [1.7, null],
        "volume": [100, 200]}]}}], "error": null}}
        """#

    private static let journal =
        "sequence,time,kind,instrument,order,side,quantity,price,score,reason\n"
        + "0,2025-05-12T13:30:00Z,modelInstalled,,,,,,4.0,\n"
        + "1,2025-05-12T13:35:00Z,submitted,A,1,buy,100,102.5000,0.625,\n"
        + "2,2025-05-12T13:35:00Z,filled,A,1,buy,100,100.1000,,\n"
        + "3,2025-05-12T13:40:00Z,denied,\"B,C\",2,sell,9223372036854775807,-0.0001,-1e300,RATE\n"

    /// Two entries, as Git writes them; version 4 leaves out what the second name has of the first.
    private static func gitIndex(version: UInt8) -> [UInt8] {
        func entry(_ name: String, dropping count: UInt8?) -> [UInt8] {
            let head = [UInt8](repeating: 7, count: 60) + [0, UInt8(name.utf8.count)]
            guard let count else {
                let bytes = head + Array(name.utf8)
                return bytes + [UInt8](repeating: 0, count: 8 - bytes.count % 8)
            }
            return head + [count] + Array(name.utf8) + [0]
        }
        let names =
            version == 4
            ? entry("env/root.json", dropping: 0) + entry("untime.json", dropping: 8)
            : entry("env/root.json", dropping: nil) + entry("env/runtime.json", dropping: nil)
        return Array("DIRC".utf8) + [0, 0, 0, version, 0, 0, 0, 2] + names + [UInt8](repeating: 1, count: 20)
    }

    private static func listing(_ path: String) -> [UInt8] {
        Array(#"[{"md5": "d41d8cd98f00b204e9800998ecf8427e", "relpath": "\#(path)"}]"#.utf8)
    }

    /// Files of data and of the workspace.
    static let files: [Surface] = [
        Surface(file: "A_5min.csv", "bars", weight: 8, seeds: [Array(bars.utf8)]) { path in
            for mode in ["strict", "lenient"] {
                let market = try MarketSpec(JSONParser.parse(#"{"schemaVersion": 1, "mode": "\#(mode)"}"#))
                var reader = try BarReader(market)
                guard let reading = try? reader.read(path) else { continue }
                let suite = try QualitySuite(
                    JSONParser.parse(
                        #"{"schemaVersion": 1, "expectations": ["calendar-gaps", "outlier-returns", "price-order"]}"#))
                _ = (reading, suite)
            }
        },
        Surface(file: "A.csv.gz", "gzip", isText: false, seeds: [Seeds.gzip(bars)]) { path in
            var reader = try BarReader(MarketSpec())
            _ = try reader.read(path)
        },
        Surface(file: "journal.csv", "journal", seeds: [Array(journal.utf8)]) { path in
            let journal = try JournalFile(try FileChunks.bytes(path), priceDecimals: 4, in: "journal.csv")
            _ = JournalComparison([], instruments: ["A"], journal: journal, priceDecimals: 4).differences.map(\.text)
        },
        Surface(file: "index", "git index", isText: false, seeds: [2, 4].map(gitIndex)) { path in
            let bytes = try FileChunks.bytes(path)
            for digest in [20, 32] { _ = GitIndexFile(bytes, digestBytes: digest) }
        },
        Surface("yahoo", [yahoo]) { _ = try YahooChart.decode(Array($0.utf8), symbol: "A") },
        Surface(
            file: "x.csv", "csv",
            seeds: [Array("a,b,\"c \"\"d\"\"\"\n1,2.5,x\n,\"y\nz\",\r\n".utf8), Array("a\tb\n1\t2\n".utf8)]
        ) { path in
            try CSVScanner.scan(path) { record in for index in 0..<record.count { _ = record.text(index) } }
        },
        Surface(
            file: "lobster", "lobster", weight: 6,
            seeds: [
                Array("34200.1,1,11,100,2239500,-1\n34200.2,4,11,50,2239500,-1\n34201,3,11,50,2239500,-1\n".utf8),
                Array("A_2012-06-21_34200000_57600000_message_1.csv\n34200.1,1,11,100,2239500,-1\n".utf8),
            ]
        ) { try lobster(at: $0) },
        Surface(file: "market.yaml", "market", seeds: Seeds.project(["market.yaml"])) { path in
            let spec = try MarketSpec(YAML.read(path))
            var zone = try ExchangeZone(spec.zone), calendar = try TradingCalendar(spec)
            for time in [Int64.min, -1, 0, 1_747_056_600_000_000_000, .max] {
                let local = zone.local(time)
                _ = (zone.utc(local), TimeText.utc(local))
                _ = try? calendar.session(of: CivilDate(daysSince1970: Int(local / 86_400_000_000_000)))
                _ = try? (calendar.place(time), calendar.step(time, interval: spec.interval))
            }
        },
        Surface(file: "simulation.yaml", "simulation", seeds: Seeds.project(["demo-market.yaml"])) { path in
            var config = try SimulationConfig(YAML.read(path))
            config.sessions = min(config.sessions, 2)
            _ = try MarketSimulator(config).bars(instrument: 0)
        },
        Surface(file: "quality.yaml", "quality", seeds: Seeds.project(["quality.yaml"])) { path in
            var checker = try QualityChecker(QualitySuite(YAML.read(path)), market: MarketSpec())
            _ = try checker.report(subject: "x")
        },
        Surface(
            file: "config", "ini", seeds: [Array("[core]\n    remote = r\n['remote \"r\"']\n    url = s3://b/p\n".utf8)]
        ) {
            path in
            var file = try INIFile(path)
            try file.set("core", "x", "y")
            let root = Surface.scratch.path + "/root"
            try Paths.makeDirectory(root + "/.dvc")
            try Data(contentsOf: URL(fileURLWithPath: path)).write(to: URL(fileURLWithPath: root + "/.dvc/config"))
            _ = try RepositorySettings(root: root, environment: [:])
        },
        Surface(file: "ignore", "ignore", seeds: [Array("*.tmp\n!a/**/b\n/x/[a-z]?\\*\n**/y/\n# no\n".utf8)]) { path in
            let root = Surface.scratch.path + "/ignore"
            try Paths.makeDirectory(root)
            try Data(contentsOf: URL(fileURLWithPath: path)).write(to: URL(fileURLWithPath: root + "/.dvcignore"))
            let rules = try IgnoreRules(root: root, for: root)
            for name in ["a/b", "x/ab*", "a/c/d/b", String(repeating: "a", count: 60), "é/ü"] {
                _ = rules.isIgnored(name, isDirectory: false)
            }
        },
        Surface("listing", isText: true, seeds: [listing("a/b"), listing("../x")]) {
            _ = try DirectoryTree($0, file: "x.dir")
        },
        Surface(file: "dvc.yaml", "dvc.yaml", weight: 6, seeds: [Array(dvcYAML.utf8)]) { path in
            let place = try pipeline(path, "dvc.yaml", parameters: "a: 1\nb: [1, 2]\nc: {d: x}\n")
            _ = try Pipeline(place, types: StageTypes.kinds)
        },
        Surface(file: "pipeline.yaml", "pipeline", weight: 6, seeds: Seeds.project(["pipeline.yaml"])) { path in
            let place = try pipeline(path, "pipeline.yaml", parameters: "experiment: demo\nthreads: 2\n")
            _ = try Pipeline(place, types: StageTypes.kinds)
        },
    ]

    private static let dvcYAML = """
        vars: [params.yaml]
        stages:
          s:
            cmd: echo ${a} ${b[0]} ${c}
            deps: [x]
            params: [a, c.d]
            outs: [{y: {cache: false}}]
          t:
            foreach: ${b}
            do: {cmd: 'echo ${item}', outs: ['o${item}']}
          m:
            matrix: {p: [1, 2], q: ${b}}
            cmd: echo ${item.p} ${item.q}
        metrics: [m.json]
        plots: [{p.csv: {x: a, y: b}}]
        """

    private static func pipeline(_ path: String, _ name: String, parameters: String) throws -> String {
        let directory = Surface.scratch.path + "/\(name)-place"
        try Paths.makeDirectory(directory)
        try Data(parameters.utf8).write(to: URL(fileURLWithPath: directory + "/params.yaml"))
        try Data(contentsOf: URL(fileURLWithPath: path)).write(to: URL(fileURLWithPath: "\(directory)/\(name)"))
        return "\(directory)/\(name)"
    }

    /// The first line may name the files; then they are read as LOBSTER's pair.
    private static func lobster(at path: String) throws {
        let text = try String(decoding: Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
        var rows = text, name = "A_2012-06-21_34200000_57600000_message_1.csv"
        if text.hasPrefix("A_"), let end = text.firstIndex(of: "\n"), !text[..<end].contains("/"), end > text.startIndex
        {
            (name, rows) = (String(text[..<end].prefix(200)), String(text[end...].dropFirst()))
        }
        let directory = Surface.scratch.path + "/lobster"
        try? FileManager.default.removeItem(atPath: directory)
        try Paths.makeDirectory(directory)
        let books = rows.split(separator: "\n").map { _ in "2239500,100,2239400,50\n" }.joined()
        try Data(rows.utf8).write(to: URL(fileURLWithPath: "\(directory)/\(name)"))
        try Data(books.utf8).write(
            to: URL(fileURLWithPath: "\(directory)/\(name.replacing("_message_", with: "_orderbook_"))"))
        for feed in try BookReader.feeds(at: directory) {
            try feed.read { _ = ($1.isTwoSided, $1.tradeSign, TimeText.utc($1.time), $0.levels) }
        }
    }
}
