// What a model's file says beside the graph: how it calls things, and what people wrote into it. No result
// depends on it; texts that are made of models do (driver/import/).
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace ninc {

// What people wrote at a statement of a text, without the `#`.
struct Comment {
  std::vector<std::string> above; // lines
  std::string behind;             // on its line; empty: nothing
};

// What is done to an input's numbers before they are handed over, a sentence or a part of one each: no part
// of the model, but its file says it.
struct Preparation {
  std::string input; // its name in the graph
  std::vector<std::string> steps;
};

struct Origin {
  using ByName = std::map<std::string, std::string, std::less<>>;

  // The file, a line each: who made it, and by which rules.
  std::vector<std::string> description;
  std::vector<Preparation> preparation; // of inputs

  // By values' names in the graph: what the file calls them, those alone that it names, and what it calls
  // the known numbers that their op was made with, weights first.
  ByName values;
  std::map<std::string, std::vector<std::string>, std::less<>> numbers;

  // Whether the file's names are the graph's, given by a person, and stay.
  bool namesStay = false;

  // What was read besides the model's own file and what the user named, as it was opened: data of its
  // tensors.
  std::vector<std::filesystem::path> files;

  // Of a text: by the first name of a definition, or by the word that a statement begins with.
  std::map<std::string, Comment, std::less<>> comments;
  std::vector<std::string> atEnd; // behind the last statement
};

} // namespace ninc
