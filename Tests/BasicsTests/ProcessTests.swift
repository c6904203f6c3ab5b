import Basics
import Testing

@Suite struct ProcessTests {
    @Test("lines come whole, whatever the pieces that were read")
    func lines() throws {
        let text = "one\n\nthree ünïcode\nrest"
        for size in 1...text.utf8.count {
            var pending: [UInt8] = [], found: [String] = [], bytes = Array(text.utf8)[...]
            while !bytes.isEmpty {
                pending += bytes.prefix(size)
                bytes = bytes.dropFirst(size)
                found += LineChannel.takeLines(from: &pending)
            }
            #expect(found == ["one", "", "three ünïcode"] && pending == Array("rest".utf8))
        }
    }

    @Test("a process is alive while it is, and never again, even where its number returns")
    func identity() {
        #expect(ProcessIdentity.isAlive(ProcessIdentity.current) == true)
        let parts = ProcessIdentity.current.split(separator: ":")
        #expect(ProcessIdentity.isAlive("\(parts[0]):\(parts[1]):1") == false)
        #expect(ProcessIdentity.isAlive("elsewhere:1:1") == nil)
        #expect(ProcessIdentity.isAlive("lost") == false)
    }
}
