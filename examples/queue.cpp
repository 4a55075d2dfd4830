// The same by a queue, in C++17: eight threads hand in lines one by one, and the queue tags them together.
// Usage: queue MODEL_DIRECTORY FILE
#include <nomen/nomen.h>

#include <cstdio>
#include <fstream>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

template <auto free_it> struct deleter {
    template <typename T> void operator()(T *handle) const {
        free_it(handle);
    }
};
using results_handle = std::unique_ptr<nomen_results, deleter<nomen_results_free>>;

// Calls a function of the library whose last arguments are its result and its error; throws what it says.
template <typename T, typename Call> static T *get(Call call) {
    T *out = nullptr;
    nomen_error err = {};
    if (call(&out, &err) != NOMEN_OK) { throw std::runtime_error(err.message); }
    return out;
}

static results_handle tag(nomen_queue *queue, const std::string &line) {
    nomen_text text = {};
    text.text = line.data();
    text.n_bytes = line.size();
    std::unique_ptr<nomen_ticket, deleter<nomen_ticket_free>> ticket(get<nomen_ticket>(
        [&](auto out, auto err) { return nomen_queue_submit(queue, &text, 1, nullptr, NOMEN_TEXTS_BORROWED, out, err); }));
    return results_handle(get<nomen_results>([&](auto out, auto err) { return nomen_ticket_wait(ticket.get(), out, err); }));
}

int main(int argc, char **argv) try {
    if (argc != 3) { return std::fprintf(stderr, "usage: queue MODEL_DIRECTORY FILE\n"), 2; }
    std::vector<std::string> lines;
    std::ifstream file(argv[2]);
    for (std::string line; std::getline(file, line);) { lines.push_back(line); }
    std::unique_ptr<nomen_model, deleter<nomen_model_release>> model(
        get<nomen_model>([&](auto out, auto err) { return nomen_model_load(argv[1], nullptr, out, err); }));
    std::unique_ptr<nomen_queue, deleter<nomen_queue_free>> queue(
        get<nomen_queue>([&](auto out, auto err) { return nomen_queue_create(model.get(), nullptr, out, err); }));
    std::vector<results_handle> found(lines.size());
    std::vector<std::future<void>> threads;
    for (std::size_t t = 0; t < 8; t++) {
        threads.push_back(std::async(std::launch::async, [&, t] {
            for (std::size_t i = t; i < lines.size(); i += 8) { found[i] = tag(queue.get(), lines[i]); }
        }));
    }
    for (std::future<void> &thread : threads) { thread.get(); }
    for (std::size_t i = 0; i < lines.size(); i++) {
        std::printf("%s\n", lines[i].c_str());
        for (std::size_t e = 0; e < nomen_results_n_entities(found[i].get(), 0); e++) {
            const nomen_result_entity &entity = *nomen_results_entity(found[i].get(), 0, e);
            std::printf("    %-10s %.4f  %zu-%zu  %s\n", entity.type, static_cast<double>(entity.score), entity.start, entity.end,
                        entity.text);
        }
    }
} catch (const std::exception &problem) { return std::fprintf(stderr, "%s\n", problem.what()), 1; }
