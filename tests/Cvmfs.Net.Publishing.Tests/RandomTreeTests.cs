using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Publishing.Tests;

public sealed class RandomTreeTests
{
    [Fact]
    [Conforms("protocol", 88)]
    public void What_is_published_reads_back_and_passes_the_checks() => Properties.Hold(
        (int seed) =>
        {
            var random = new Random(seed);
            var builder = new RepositoryBuilder();
            var expected = new Dictionary<string, string>(StringComparer.Ordinal);
            Grow(builder, expected, random);
            builder.Revision();
            Grow(builder, expected, random); // a second revision on top, incremental
            using var repository = builder.BuildAsync().GetAwaiter().GetResult(); // properties are synchronous; nothing here waits for a thread

            Assert.Empty(RepositoryChecks.FindProblems(repository.Path));
            var read = PublishedTree.Describe(repository).Where(line => line.Contains(" File ", StringComparison.Ordinal))
                .ToDictionary(line => Encoding.UTF8.GetString(Convert.FromHexString(line.Split(' ')[0])), line => line.Split(' ')[^1], StringComparer.Ordinal);
            foreach (var (path, hash) in expected) Assert.Equal(hash, read[path]);
            Assert.Equal(expected.Count, read.Keys.Count(path => !path.EndsWith(".cvmfscatalog", StringComparison.Ordinal)));
            return true;
        },
        cases: 25);

    private static void Grow(RepositoryBuilder builder, Dictionary<string, string> expected, Random random)
    {
        string[] folders = ["", "/a", "/a/b", "/a/b/c", "/d", "/d/e", "/f"];
        for (int i = random.Next(1, 40); i > 0; i--)
        {
            string folder = folders[random.Next(folders.Length)];
            string path = string.Create(CultureInfo.InvariantCulture, $"{folder}/f{random.Next(30)}ü");
            switch (random.Next(8))
            {
                case 0 when folder.Length > 0:
                    builder.Nested(folder);
                    break;
                case 1:
                    builder.Link($"{folder}/l{random.Next(9)}", $"target{i}");
                    break;
                case 2 when expected.ContainsKey(path):
                    builder.HardLink(path + "-again", path);
                    expected[path + "-again"] = expected[path];
                    break;
                case 3 when expected.Remove(path):
                    builder.Remove(path);
                    break;
                default:
                    byte[] content = new byte[random.Next(5) == 0 ? random.Next(40_000) : random.Next(300)];
                    random.NextBytes(content);
                    builder.File(path, content);
                    expected[path] = Convert.ToHexStringLower(SHA256.HashData(content));
                    break;
            }
        }
    }
}
