import Basics
import Foundation

/// Feeds damaged files and texts to every reader of the package, in children whose memory and time are bounded, and
/// names each input that ends one by a signal.
///
///     Fuzz run --count 2000 --seed 1 [--surfaces yaml,json] [--save DIR]   cases over all surfaces; exit 1 on a fault
///     Fuzz one SURFACE FILE                                                one input, in this process
///     Fuzz case SURFACE SEED NUMBER                                        writes the input of one case to stdout
///     Fuzz commands --count 100 --seed 1 [--from 0] [--program PATH]       the program itself; exit 1 on a fault
///     Fuzz list                                                            the surfaces
///
/// A case is a surface, a seed and a number, so what failed is made again anywhere. Readers may throw what they like:
/// an error is an answer; a signal, ten seconds of work or a gigabyte is a fault.
@main
enum Driver {
    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch arguments.first {
        case "run": exit(try run(Options(arguments)) ? 0 : 1)
        case "cases" where arguments.count == 6: try Child.cases(arguments)
        case "one" where arguments.count == 3: try Child.one(arguments)
        case "commands": exit(try commands(Options(arguments)) ? 0 : 1)
        case "case" where arguments.count == 4:
            let input = try surface(arguments[1]).input(
                seed: UInt64(arguments[2]) ?? 0, number: UInt64(arguments[3]) ?? 0)
            FileHandle.standardOutput.write(Data(input))
        case "list": print(Surface.all.map(\.name).joined(separator: "\n"))
        default:
            print("usage: Fuzz run | commands | one SURFACE FILE | case SURFACE SEED NUMBER | list")
            exit(64)
        }
    }

    static func surface(_ name: String) throws -> Surface {
        guard let found = Surface.all.first(where: { $0.name == name }) else {
            throw Failure("fuzz.surface", "found the unknown surface '\(name)'", hint: "see: Fuzz list")
        }
        return found
    }

    struct Options {
        var count = 2_000
        var seed: UInt64 = 1
        var surfaces: [String] = []
        var save: String?
        var from: UInt64 = 0
        var program = "\(Paths.parent(CommandLine.arguments[0]))/hftml"

        init(_ arguments: [String]) {
            func value(_ name: String) -> String? {
                arguments.firstIndex(of: name).flatMap { $0 + 1 < arguments.count ? arguments[$0 + 1] : nil }
            }
            count = value("--count").flatMap(Int.init) ?? count
            seed = value("--seed").flatMap { UInt64($0) } ?? seed
            surfaces = value("--surfaces")?.split(separator: ",").map(String.init) ?? []
            save = value("--save")
            from = value("--from").flatMap { UInt64($0) } ?? from
            program = value("--program") ?? program
        }
    }

    /// - Returns: whether every command gave an answer.
    static func commands(_ options: Options) throws -> Bool {
        let fuzz = try CommandFuzz(program: Paths.absolute(options.program), seed: options.seed)
        let faults = try fuzz.run(count: options.count, from: options.from)
        for fault in faults {
            let place = fault.file.map { " with a damaged \($0)" } ?? ""
            print("FAULT case \(fault.number): \(fault.reason): \(fault.command.prefix(300).debugDescription)\(place)")
        }
        print("\(options.count) commands, seed \(options.seed): \(faults.count) faults")
        return faults.isEmpty
    }

    /// - Returns: whether no case was a fault.
    static func run(_ options: Options) throws -> Bool {
        let surfaces = Surface.all.filter { options.surfaces.isEmpty || options.surfaces.contains($0.name) }
        let share = surfaces.reduce(0) { $0 + $1.weight }
        var faults = 0, done = 0
        for surface in surfaces {
            let count = max(1, options.count * surface.weight / max(share, 1))
            let found = try Parent(surface: surface, seed: options.seed).run(count: count)
            for fault in found {
                print("FAULT \(surface.name) seed \(options.seed) case \(fault.number): \(fault.reason)")
                if let save = options.save {
                    try Paths.makeDirectory(save)
                    let small = try Parent(surface: surface, seed: options.seed).smallest(fault.input)
                    let path = "\(save)/\(surface.name)-\(options.seed)-\(fault.number)"
                    try Data(small).write(to: URL(fileURLWithPath: path))
                    print("  \(small.count) bytes in \(path)")
                }
            }
            faults += found.count
            done += count
        }
        print("\(done) cases over \(surfaces.count) surfaces, seed \(options.seed): \(faults) faults")
        return faults == 0
    }
}
