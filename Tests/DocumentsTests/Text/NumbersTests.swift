import Basics
import Documents
import Foundation
import Testing
import Workflows

@Suite struct NumbersTests {
    @Test("a line of blocks holds for every finite number, also where sums and differences are none")
    func sparklines() {
        #expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█")
        #expect(sparkline([5, 5]) == "▄▄" && sparkline([]).isEmpty && sparkline([.nan, .infinity]).isEmpty)
        let greatest = Double.greatestFiniteMagnitude
        #expect(sparkline([-greatest, 0, greatest]) == "▁▅█")
        #expect(sparkline([greatest, greatest, -greatest, -greatest], width: 2) == "█▁")
    }

    @Test("digits are as many as a reader needs, and none for what is no number")
    func numbers() {
        #expect(
            shown(3) == "3" && shown(123.456) == "123.5" && shown(1.23456) == "1.235" && shown(0.000012) == "0.000012")
        #expect(shown(nil) == "–" && shown(.nan) == "nan" && shown(1e300) == "1e+300")
        #expect(fixed(-0.005, 2) == "-0.01" && fixed(2.5, 0) == "3" && fixed(1e20, 2) == "1e+20")
        #expect(grouped(-1_234_567) == "-1,234,567" && byteText(1_500) == "1.5 kB" && byteText(999) == "999 B")
    }

    @Test("a measure has six significant digits, and whole numbers are whole")
    func measures() {
        #expect(measured(0.123456789012345678) == "0.123457" && measured(-3) == "-3" && measured(1.5e-7) == "1.5e-07")
        #expect(measured(.infinity) == "inf" && measured(1e300) == "1e+300")
    }

    @Test("what garbage collection names may carry any date")
    func dates() throws {
        let project = try TestProject(.empty), workspace = project.session.workspace
        let path = try project.write("old\n", to: "a")
        let md5 = try AddData.run([path], in: workspace)[0].md5
        let object = project.file(".dvc/cache/files/md5/\(md5.prefix(2))/\(md5.dropFirst(2))")
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 13_569_465_600)], ofItemAtPath: object)
        _ = try RemoveData.run([project.file("a.dvc")], in: workspace)
        var request = CollectGarbage.Request()
        request.workspace = true
        let document = GarbageDocument(planned: try CollectGarbage(project.session).plan(request))
        #expect(document.json[path: "candidates.0.lastUse"]?.stringValue == "2400-01-01")
        #expect(document.text(TextStyle(width: 80)).contains("2400-01-01"))
    }
}
