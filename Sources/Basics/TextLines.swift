extension StringProtocol {
    /// The lines without their ends, which are LF, or CR and LF.
    ///
    /// Swift takes CR and LF together for one character: a split at `"\n"` leaves a text whole that was written on
    /// Windows, or by Python's `csv`.
    package func textLines(omittingEmpty: Bool = true) -> [SubSequence] {
        split(omittingEmptySubsequences: omittingEmpty) { $0 == "\n" || $0 == "\r\n" }
    }

    /// How its lines end: as the first one does; LF where there is none.
    package var lineEnd: String { first { $0 == "\n" || $0 == "\r\n" }.map { String($0) } ?? "\n" }
}
