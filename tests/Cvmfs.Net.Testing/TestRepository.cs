namespace Cvmfs.Net.Testing;

/// <summary>An unpacked repository of the reference tools. Disposing it removes the folder.</summary>
public sealed class TestRepository : IDisposable
{
    private readonly TempFolder _folder;

    internal TestRepository(string name, TempFolder folder) => (Name, _folder) = (name, folder);

    /// <summary>Fully qualified repository name.</summary>
    public string Name { get; }

    /// <summary>The web root: holds <c>.cvmfspublished</c> and <c>data/</c>.</summary>
    public string Path => _folder.Combine("repository");

    /// <summary>The web server of external data; exists for <c>external.example.org</c> only.</summary>
    public string ExternalPath => _folder.Combine("external");

    /// <summary>Master public key, PEM.</summary>
    public string PublicKeyPath => InTestData($"{Name}.pub");

    /// <summary>Publisher's certificate, PEM.</summary>
    public string CertificatePath => InTestData($"{Name}.crt");

    /// <summary>What the reference client shows of the newest revision, JSON Lines.</summary>
    public string ExpectedPath => InTestData("expected.jsonl");

    /// <summary>Tags as the reference tools list them.</summary>
    public string TagsPath => InTestData("tags.txt");

    /// <summary>Catalogs as the reference tools list them.</summary>
    public string CatalogsPath => InTestData("catalogs.txt");

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private string InTestData(string file) => System.IO.Path.Combine(TestData.Folder(Name), file);
}
