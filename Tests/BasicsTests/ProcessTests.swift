import Basics
import Foundation
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

    @Test("a program has no signals blocked, though the thread that starts it blocks all")
    func signalMask() throws {
        var all = sigset_t(), old = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &old)
        defer { pthread_sigmask(SIG_SETMASK, &old, nil) }
        let (read, write) = try ChildProcess.pipe()
        let child = try ChildProcess(["/bin/grep", "SigBlk", "/proc/self/status"], environment: [:], output: write)
        close(write)
        defer { close(read) }
        #expect(child.wait() == 0)
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = Foundation.read(read, &bytes, bytes.count)
        #expect(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self) == "SigBlk:\t0000000000000000\n")
    }
}
