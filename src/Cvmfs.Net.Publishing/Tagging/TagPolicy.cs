using System.Globalization;
using Cvmfs.Net.History;

namespace Cvmfs.Net.Publishing.Tagging;

/// <summary>Which tags a publication makes and moves.</summary>
internal static class TagPolicy
{
    private const string TrunkDescription = "current HEAD";
    private const string TrunkPreviousDescription = "default undo target";

    /// <summary>Whether a name belongs to the publisher.</summary>
    public static bool IsMagic(string name) => name is RepositoryTag.Trunk or RepositoryTag.TrunkPrevious;

    /// <exception cref="ArgumentException">The name cannot be given by a user.</exception>
    public static void CheckName(string name)
    {
        if (!RepositoryTag.IsValidName(name) || IsMagic(name))
            throw new ArgumentException($"\"{name}\" cannot be the name of a tag: letters, digits and \"-_./:\" only, and not \"trunk\" or \"trunk-previous\".", nameof(name));
    }

    /// <summary>Moves <c>trunk</c> to a new revision and <c>trunk-previous</c> to where <c>trunk</c> was.</summary>
    public static void MoveTrunk(TagDatabaseWriter writer, TagDatabase? current, RepositoryTag head)
    {
        if (current?.Find(RepositoryTag.Trunk) is { } trunk)
            writer.Put(trunk with { Name = RepositoryTag.TrunkPrevious, Description = TrunkPreviousDescription });
        writer.Put(head with { Name = RepositoryTag.Trunk, Description = TrunkDescription });
    }

    /// <summary>Turns the history back to a tag: later ones on the default branch go, the tag itself and <c>trunk</c> name the renewed root catalog.</summary>
    public static void RollBack(TagDatabaseWriter writer, TagDatabase current, RepositoryTag target, RepositoryTag head)
    {
        foreach (var tag in current.Tags.Where(tag => tag.Branch.Length == 0 && tag.Revision > target.Revision)) writer.Remove(tag.Name);
        if (!IsMagic(target.Name)) writer.Put(head with { Name = target.Name, Description = target.Description });
        writer.Remove(RepositoryTag.TrunkPrevious); // what it named is either gone or the state we are in again
        writer.Put(head with { Name = RepositoryTag.Trunk, Description = TrunkDescription });
    }

    /// <summary>The name of an automatic tag that is not taken yet.</summary>
    public static string AutomaticName(TagDatabase? current, DateTimeOffset now)
    {
        string time = now.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        string name = $"generic-{time}";
        for (int n = 1; current?.Find(name) is not null; n++) name = string.Create(CultureInfo.InvariantCulture, $"generic_{n}-{time}");
        return name;
    }
}
