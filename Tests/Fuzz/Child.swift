import Basics
import Foundation

/// Reads cases one after another, with its memory and time bounded, and says how far it came.
enum Child {
    /// Seconds of work that one input may cost.
    static let mostSeconds = 10
    /// Bytes that a child may take beyond what it began with.
    static let mostMemory: UInt64 = 1 << 30

    /// `cases SURFACE SEED FROM TO FILE`: numbers stand in the file before their case is read.
    static func cases(_ arguments: [String]) throws {
        guard let seed = UInt64(arguments[2]), let from = UInt64(arguments[3]), let to = UInt64(arguments[4]) else {
            throw Failure("fuzz.arguments", "found \(arguments), expected SURFACE SEED FROM TO FILE")
        }
        let surface = try Driver.surface(arguments[1])
        let progress = open(arguments[5], O_WRONLY | O_CLOEXEC)
        guard progress >= 0 else { throw FileError("open", arguments[5]) }
        // Seeds are made, and libraries loaded, before the limit counts.
        try? surface.read(surface.seeds[0])
        bound()
        for number in from..<to {
            var place = number
            pwrite(progress, &place, 8, 0)
            let input = surface.input(seed: seed, number: number)
            restartClock()
            do { try surface.read(input) } catch {}
        }
    }

    /// `one SURFACE FILE`: one input, bounded as in a run: what a minimiser asks again and again.
    static func one(_ arguments: [String]) throws {
        let surface = try Driver.surface(arguments[1])
        let input = [UInt8](try Data(contentsOf: URL(fileURLWithPath: arguments[2])))
        try? surface.read(surface.seeds[0])
        bound()
        do { try surface.read(input) } catch { print("an error, which is an answer: \(error)") }
    }

    private static func bound() {
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), [rlimit(rlim_cur: 0, rlim_max: 0)])
        let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ").first
        let size = (pages.flatMap { UInt64($0) } ?? 0) * 4096 + mostMemory
        setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), [rlimit(rlim_cur: rlim_t(size), rlim_max: rlim_t(size))])
        restartClock()
    }

    /// The processor's time, so that a busy machine is no fault; and two minutes of the clock, for what waits.
    static func restartClock() {
        var limit = itimerval(
            it_interval: timeval(tv_sec: 0, tv_usec: 0), it_value: timeval(tv_sec: mostSeconds, tv_usec: 0))
        setitimer(__itimer_which_t(ITIMER_PROF.rawValue), &limit, nil)
        alarm(120)
    }
}
