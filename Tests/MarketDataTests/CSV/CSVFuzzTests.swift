import Basics
import Foundation
import MarketData
import TestSupport
import Testing

@Suite struct CSVFuzzTests {
    @Test("damaged files are refused or read, and end no process")
    func mutations() throws {
        let directory = try TemporaryDirectory()
        let texts = CSVDialectTests.cases.map { Array($0.text.utf8) }
        var random = SeededRandom(seed: 17), ended = 0
        let pieces = [
            "\"", "\n", ",", ";", "\u{0}", "é", "99999999999999999999", "-", "e9", "1e999", "2024", "\r", "T", "#", ".",
            "Z",
        ]
        for _ in 0..<400 {
            var bytes = texts[random.index(below: texts.count)]
            for _ in 0...random.index(below: 3) where !bytes.isEmpty {
                let place = random.index(below: bytes.count)
                switch random.index(below: 4) {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(contentsOf: Array(pieces[random.index(below: pieces.count)].utf8), at: place)
                default: bytes.removeLast(bytes.count - place)
                }
            }
            let path = directory.file("F.csv")
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            do { _ = try CSVTestRow.read(try CSVFormat.open(path)) } catch is any UserFacingError {}
            ended += 1
        }
        #expect(ended == 400)
    }
}
