import Basics
import Deployment
import Execution
import Foundation
import MarketData
import ModelBundles
import TestSupport
import Testing
import Trading

@Suite struct ReplayTests {
    /// Bars of one instrument from the open on; the score of each as given.
    static func write(_ scores: [Int64], to directory: TemporaryDirectory, named name: String = "X") throws -> String {
        var table = BarTable(instrument: name, zone: "America/New_York", interval: 300_000_000_000)
        for (index, score) in scores.enumerated() { table.append(TinyModel.bar(index, score: score)) }
        try Paths.makeDirectory(directory.file("data"))
        let path = directory.file("data/\(name)_5min.csv")
        try table.writeCSV(to: path, zone: try ExchangeZone("America/New_York"))
        return path
    }

    static func lines(_ path: String) throws -> [String] {
        try FileChunks.text(path).split(separator: "\n").dropFirst().map { line in
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            return "\(cells[1].dropFirst(11).prefix(5)) \(cells[2]) \(cells[3])".trimmingCharacters(in: .whitespaces)
        }
    }

    private static func key(_ key: PublicKey, expiresAt: Nanoseconds? = nil, isRevoked: Bool = false) -> PublicKey {
        var key = key
        key.expiresAt = expiresAt
        if isRevoked { key.revoked = PublicKey.Revocation(at: AuthorityKit.start, reason: "lost") }
        return key
    }

    @Test("without a bundle nothing runs, and the error gives the last refusal")
    func noBundle() throws {
        let fixture = try EnvironmentFixture()
        let file = try ReplayTests.write([0], to: fixture.directory)
        let none = #expect(throws: Failure.self) {
            try Replay(fixture.installer).run(data: [file], journal: fixture.directory.file("j.csv"))
        }
        #expect(none?.code == "runtime.no-bundle" && none?.message == "found no bundle in force in 'test'")
        try fixture.send([1, 2, 3])
        let refused = #expect(throws: Failure.self) {
            try Replay(fixture.installer).run(data: [file], journal: fixture.directory.file("j.csv"))
        }
        #expect(refused?.message.contains("the last was refused: bundle.format: ") == true)
    }

    @Test("directories of several instruments, in one order of time; summary, health and journal agree")
    func run() throws {
        let fixture = try EnvironmentFixture()
        let digest = try fixture.send(TinyModel.bundle(TinyModel.key, version: 4))
        _ = try ReplayTests.write([0, 0, 0, 10, 0, 0], to: fixture.directory, named: "Y")
        _ = try ReplayTests.write([10, 0, 0, 0], to: fixture.directory, named: "X")
        let outcome = try Replay(fixture.installer(clock: Clock { AuthorityKit.start + 77 })).run(
            data: [fixture.directory.file("data")], journal: fixture.directory.file("out/j.csv"))
        #expect(
            outcome.model == "tiny/4" && outcome.receipts.map(\.bundle) == [digest]
                && outcome.receipts[0].time == AuthorityKit.start + 77)
        #expect(
            try ReplayTests.lines(outcome.journalPath) == [
                "13:30 modelInstalled", "13:35 submitted X", "13:35 filled X", "13:45 submitted X", "13:45 filled X",
                "13:50 submitted Y", "13:50 filled Y", "14:00 submitted Y", "14:00 filled Y",
            ])
        let counts = outcome.summary.counts
        #expect(counts.bars == 10 && counts.submitted == 4 && counts.filled == 4 && outcome.summary.openPositions == 0)
        #expect(outcome.seconds >= 0 && outcome.seconds < 60)
        let hosts = [fixture.kit.host.publicKey], place = fixture.environment.healthFile
        let signed = try HealthReport.read(
            try FileChunks.bytes(place), hosts: hosts, environment: "test", at: AuthorityKit.start, in: place)
        let health = signed.report
        #expect(health[key: "counter"]?.intValue == 4 && signed.runs.map(\.counter) == [4])
        #expect(try fixture.host.view.history().runs == signed.runs)
        for (bytes, hosts, environment) in [
            (Array(health.text(.pretty).utf8), hosts, "test"), (try FileChunks.bytes(place), hosts, "live"),
            (try FileChunks.bytes(place), [TinyModel.key.publicKey], "test"),
            (try FileChunks.bytes(place), hosts.map { Self.key($0, expiresAt: AuthorityKit.start) }, "test"),
            (try FileChunks.bytes(place), hosts.map { Self.key($0, isRevoked: true) }, "test"),
        ] {
            let error = #expect(throws: Failure.self) {
                try HealthReport.read(bytes, hosts: hosts, environment: environment, at: AuthorityKit.start, in: place)
            }
            #expect(error?.code == "health.unsigned")
        }
        #expect(health[key: "bundle"]?.stringValue == digest && health[key: "filled"]?.intValue == 4)
        #expect(health[key: "time"]?.stringValue == "2025-06-01T00:00:00.000000077Z")
        let json = outcome.json(environment: "paper")
        #expect(
            json.mapValue?.map(\.key) == [
                "schemaVersion", "environment", "model", "bars", "warmUpBars", "predictions", "submitted", "denied",
                "deniedReasons",
                "filled", "cancelled", "grossProfit", "fees", "netProfit", "openPositions", "seconds", "latency",
                "receipts", "objection", "problems",
            ])
        #expect(json[key: "environment"]?.stringValue == "paper" && json[key: "bars"]?.intValue == 10)
        // Everything happened at 100 dollars: half a basis point of 200 trades' dollars is lost, nothing else.
        #expect(json[key: "grossProfit"]?.doubleValue == 0 && abs((json[key: "fees"]?.doubleValue ?? 0) - 1) < 1e-9)
        #expect(abs((json[key: "netProfit"]?.doubleValue ?? 0) + 1) < 1e-9)
    }

    @Test("bars that only warm up, and those of a loop that may only close what it has, are no hours of a canary")
    func noHours() throws {
        for isRevoked in [false, true] {
            let fixture = try EnvironmentFixture(), place = fixture.environment.healthFile
            try fixture.install(1)
            if isRevoked {
                let next = fixture.kit.next(key: "gate") {
                    $0.revoked = PublicKey.Revocation(at: AuthorityKit.start, reason: "lost")
                }
                try fixture.send(try next.authority())
            }
            let file = try ReplayTests.write([0, 10, 0, 0], to: fixture.directory)
            let outcome = try Replay(fixture.installer).run(
                data: [file], journal: fixture.directory.file("j.csv"), from: isRevoked ? .min : .max - 1)
            #expect((outcome.objection != nil) == isRevoked, "\(outcome.objection ?? "")")
            let signed = try HealthReport.read(
                try FileChunks.bytes(place), hosts: [fixture.kit.host.publicKey], environment: "test",
                at: AuthorityKit.start, in: place)
            #expect(signed.report[key: "bars"]?.intValue == 4 && signed.runs.isEmpty, "\(signed.runs)")
        }
    }

    @Test("what lies between two loops is no hour of a canary, however soon the second begins")
    func twoLoops() throws {
        let fixture = try EnvironmentFixture(), minutes: Nanoseconds = 3_000_000_000_000
        try fixture.install(1)
        let file = try ReplayTests.write([0, 10, 0, 0], to: fixture.directory)
        for index in 0..<4 as Range<Int64> {
            let clock = Clock { AuthorityKit.start + 2000 + index * minutes }
            _ = try Replay(fixture.installer(clock: clock)).run(
                data: [file], journal: fixture.directory.file("j.csv"))
        }
        let runs = try fixture.host.view.history().runs
        #expect(runs.count == 4 && runs.allSatisfy { $0.from == $0.to }, "\(runs)")
    }

    @Test("a day begins where the market is, not in UTC")
    func midnight() throws {
        let day = CivilDate(year: 2025, month: 2, day: 3)
        for (zone, expected) in [
            ("Australia/Sydney", "2025-02-02T13:00:00Z"), ("America/New_York", "2025-02-03T05:00:00Z"),
            ("UTC", "2025-02-03T00:00:00Z"),
        ] { #expect(try TimeText.utc(Replay.midnight(day, zone: zone)) == expected) }
    }

    @Test("bars before the start only warm up, and are counted as that; those from the end on are not read")
    func span() throws {
        let fixture = try EnvironmentFixture()
        try fixture.send(TinyModel.bundle(TinyModel.key))
        let file = try ReplayTests.write([10, 10, 10, 0, 0, 10], to: fixture.directory)
        func run(_ from: String?, _ until: String?) throws -> TradingLoop.Counts {
            try Replay(fixture.installer).run(
                data: [file], journal: fixture.directory.file("j.csv"),
                span: (from.flatMap { Replay.Moment($0) }, until.flatMap { Replay.Moment($0) })
            ).summary.counts
        }
        // The exchange's 09:40 is the third bar, 09:50 the fifth.
        let counts = try run("2025-05-12T09:40", "2025-05-12T13:50Z")
        #expect(counts.bars == 4 && counts.warmUpBars == 2 && counts.predictions == 2 && counts.submitted == 1)
        #expect(counts.denied == 0 && counts.deniedReasons.isEmpty)
        #expect(try run("2025-05-12", nil).bars == 6)
        let empty = #expect(throws: Failure.self) { _ = try run("2025-05-13", "2025-05-13") }
        #expect(empty?.code == "runtime.span")
        #expect(Replay.Moment("12.5.2025") == nil)
    }

    @Test("bars before the start only warm up: nothing is traded, and an operator's halt outlasts the start")
    func from() throws {
        let fixture = try EnvironmentFixture()
        try fixture.send(TinyModel.bundle(TinyModel.key))
        let file = try ReplayTests.write([10, 10, 10, 0, 0, 0], to: fixture.directory)
        func run(from index: Int) throws -> [String] {
            let outcome = try Replay(fixture.installer).run(
                data: [file], journal: fixture.directory.file("j.csv"), from: TinyModel.bar(index).time)
            return try ReplayTests.lines(outcome.journalPath)
        }
        #expect(
            try run(from: 2) == [
                "13:30 modelInstalled", "13:45 submitted X", "13:45 filled X", "13:55 submitted X", "13:55 filled X",
            ])
        #expect(try run(from: 0).prefix(2) == ["13:30 modelInstalled", "13:35 submitted X"])
        // An operator's halt outlasts the start.
        try AtomicFile.write("now\n", to: fixture.environment.haltFile)
        #expect(
            try run(from: 2) == ["13:30 modelInstalled", "13:40 halted", "13:45 denied X"])
    }

    @Test("a bundle that comes in while bars run is put in force between two of them")
    func mail() throws {
        let fixture = try EnvironmentFixture()
        try fixture.send(TinyModel.bundle(TinyModel.key, version: 1))
        let second = try TinyModel.bundle(TinyModel.key, version: 2)
        let inbox = fixture.environment.inbox
        // The clock is read for the documents, then for the first receipt, after the inbox was listed: then the second
        // bundle arrives.
        let arrived = EnvironmentFixture.Ticks()
        let clock = Clock {
            let now = arrived.next()
            if now == AuthorityKit.start + 1001 { try? AtomicFile.write(second, to: inbox + "/b.hftbundle") }
            return now
        }
        let file = try ReplayTests.write([10, 0, 0], to: fixture.directory)
        let outcome = try Replay(fixture.installer(clock: clock)).run(
            data: [file], journal: fixture.directory.file("j.csv"))
        #expect(outcome.receipts.map(\.version) == [1, 2] && outcome.model == "tiny/2")
        #expect(outcome.receipts[1].replaced == outcome.receipts[0].bundle)
        #expect(
            try ReplayTests.lines(outcome.journalPath).prefix(3)
                == ["13:30 modelInstalled", "13:30 modelInstalled", "13:35 submitted X"])
    }

    @Test("health is reported at the end, and in between only after a quarter of a second")
    func healthReports() throws {
        let fixture = try EnvironmentFixture()
        try fixture.send(TinyModel.bundle(TinyModel.key))
        let time = EnvironmentFixture.Ticks()
        let file = try ReplayTests.write([0, 0, 0], to: fixture.directory)
        _ = try Replay(fixture.installer(clock: Clock { time.next() })).run(
            data: [file], journal: fixture.directory.file("j.csv"))
        // Three readings for the bundle: documents, admission and receipt; one for the look at the first bar, and one
        // for the report at the end of three bars.
        #expect(time.next() == AuthorityKit.start + 1005)
    }

    @Test("a refused bundle that comes in while bars run changes nothing but the receipts")
    func refusedMail() throws {
        let fixture = try EnvironmentFixture()
        try fixture.send(TinyModel.bundle(TinyModel.key, version: 1))
        let inbox = fixture.environment.inbox
        let arrived = EnvironmentFixture.Ticks()
        let clock = Clock {
            let now = arrived.next()
            if now == AuthorityKit.start + 1001 { try? AtomicFile.write([1, 2, 3], to: inbox + "/b.hftbundle") }
            return now
        }
        let file = try ReplayTests.write([10, 0, 0], to: fixture.directory)
        let outcome = try Replay(fixture.installer(clock: clock)).run(
            data: [file], journal: fixture.directory.file("j.csv"))
        #expect(outcome.receipts.map(\.outcome) == [.installed, .refused] && outcome.model == "tiny/1")
        #expect(outcome.summary.counts.filled == 2)
    }

    @Test("the bundle in force is verified again at every start")
    func verifiedAgain() throws {
        let fixture = try EnvironmentFixture()
        _ = try fixture.install(1)
        let file = try ReplayTests.write([0], to: fixture.directory)
        var bytes = try FileChunks.bytes(fixture.environment.current)
        bytes[bytes.count - 1] ^= 1
        for path in [fixture.environment.current, fixture.environment.revision(1)] {
            try AtomicFile.write(bytes, to: path)
        }
        let error = #expect(throws: Failure.self) {
            try Replay(fixture.installer).run(data: [file], journal: fixture.directory.file("j.csv"))
        }
        #expect(error?.code == "runtime.state" && !Paths.exists(fixture.environment.healthFile))
    }

    @Test("the journal holds everything that is needed to replay positions and money")
    func journalReplay() throws {
        let fixture = try EnvironmentFixture()
        try fixture.send(TinyModel.bundle(TinyModel.key))
        var random = SeededRandom(seed: 11)
        var table = BarTable(instrument: "X", zone: "America/New_York", interval: 300_000_000_000)
        var price: Int64 = 1_000_000
        for index in 0..<78 {
            let open = price
            price += Int64(random.index(below: 21) - 10) * 100
            table.append(TinyModel.bar(index, open: open, close: price, score: Int64(random.index(below: 41)) - 20))
        }
        let path = fixture.directory.file("X_5min.csv")
        try table.writeCSV(to: path, zone: try ExchangeZone("America/New_York"))
        let outcome = try Replay(fixture.installer).run(data: [path], journal: fixture.directory.file("j.csv"))
        var position = Position(), orders: [String: OrderState] = [:]
        for line in try FileChunks.text(outcome.journalPath).split(separator: "\n").dropFirst() {
            let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            guard ["submitted", "filled", "cancelled"].contains(cells[2]) else { continue }
            let side = try #require(Side(rawValue: cells[5])), quantity = try #require(Int64(cells[6]))
            let price = Int64((try #require(Double(cells[7])) * 10_000).rounded())
            if cells[2] == "submitted" {
                let order = Order(
                    id: try #require(UInt64(cells[4])), instrument: 0, side: side, quantity: quantity, price: price)
                orders[cells[4]] = OrderState(order)
                try orders[cells[4]]?.apply(.submitted)
            } else {
                try orders[cells[4]]?.apply(cells[2] == "filled" ? .filled(quantity) : .cancelled)
                if cells[2] == "filled" { position.fill(side, quantity: quantity, price: price, fee: 0) }
            }
        }
        #expect(orders.count == outcome.summary.counts.submitted && orders.count > 20)
        #expect(orders.values.allSatisfy { !$0.isWorking } && position.quantity == 0)
        #expect(abs(Double(position.realised) * 1e-4 - outcome.summary.grossProfit) < 1e-9)
    }
}
