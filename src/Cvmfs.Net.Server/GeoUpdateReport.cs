namespace Cvmfs.Net.Server;

/// <summary>What became of an update of the location database.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Message">The same in a sentence, for people. Holds no secret.</param>
/// <param name="DatabaseFile">Where the database is, or would be.</param>
/// <param name="BuiltAt">When the database that was put in place was made; null where none was.</param>
public sealed record GeoUpdateReport(GeoUpdateOutcome Outcome, string Message, string DatabaseFile, DateTimeOffset? BuiltAt = null)
{
    /// <summary>Whether nothing went wrong.</summary>
    public bool Succeeded => Outcome is GeoUpdateOutcome.Updated or GeoUpdateOutcome.Linked or GeoUpdateOutcome.NotDue;
}
