import Basics
import MarketData
import Testing
import TestSupport

@Suite struct NightSessionTests {
    @Test(
        "every tick of three days of Shanghai steel lies in the session that its file is named by",
        .enabled(if: SharedData.isThere && SharedData.pythonHas("pyarrow"), "needs the shared data and pyarrow"),
        arguments: ["2025-06-05", "2025-06-06", "2025-06-09"])
    func ticks(day: String) throws {
        let python = try #require(SharedData.client("python3"))
        let path = SharedData.path("data/parquet/rb_\(day.filter { $0 != "-" }).parquet")
        let script = """
            import sys, pyarrow.parquet as pq
            for time in pq.read_table(sys.argv[1], columns=["epochTime"])["epochTime"].to_pylist(): print(time)
            """
        let directory = try TemporaryDirectory()
        let result = try RunProgram.run(python, ["-c", script, path], in: directory.path)
        try #require(result.status == 0, "\(result.errors.suffix(400))")
        let times = result.output.split(separator: "\n").compactMap { Int64($0) }.map { $0 * 1000 }
        #expect(times.count > 41_000)
        var calendar = try TradingCalendar("XSGE")
        let label = try civilDate(day), session = try #require(try calendar.session(of: label))
        var regular = 0, auction = 0, late = 0, wrong = 0
        for time in times {
            let place = try calendar.place(time)
            if place.day != label.daysSince1970 { wrong += 1 }
            switch place.phase {
            case .regular: regular += 1
            case .extended: auction += 1
            // The last image of a stretch comes some milliseconds after its end.
            case .pause, .closed:
                late += 1
                if !session.intervals.contains(where: { (0..<1_000_000_000).contains(time - $0.close) }) { wrong += 1 }
            }
        }
        #expect(wrong == 0 && late <= 8 && auction >= 2, "\(wrong) \(late) \(auction)")
        #expect(regular + auction + late == times.count)
    }
}
